import { didYouMean } from '../error/did-you-mean.js';
import { fieldViolation, showValue, type FieldViolation } from '../error/invalid-input.js';
import { isZone } from './zone-offsets.js';

const ZONE_WANTED = 'an IANA time zone such as UTC, America/New_York or Europe/Dublin';

/** The zone's name as it was given; a fault is added and UTC returned when there is no such zone. */
export function readZone(input: unknown, field: string, faults: FieldViolation[]): string {
  if (typeof input === 'string' && isZone(input)) return input;
  const near = typeof input === 'string' ? nearestZone(input) : undefined;
  if (near === undefined) {
    faults.push(fieldViolation(field, input, ZONE_WANTED));
  } else {
    const got = showValue(input);
    const description = `${field}: there is no time zone ${got}, did you mean ${near}? wanted ${ZONE_WANTED}`;
    faults.push({ field, got, wanted: ZONE_WANTED, description });
  }
  return 'UTC';
}

/** `new york`, `New_York` and `America/NewYork` are all meant as America/New_York. */
function nearestZone(name: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone');
  const city = plain(name);
  return zones.find((zone) => plain(zone) === city) ?? didYouMean(name, zones);
}

function plain(zone: string): string {
  const last = zone.split('/').at(-1) ?? '';
  return last.toLowerCase().replaceAll(/[^a-z]/g, '');
}
