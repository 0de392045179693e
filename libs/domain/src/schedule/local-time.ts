import { offsetsAround } from './zone-offsets.js';

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const DATE_TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,3})\d*)?)?(Z|z|[+-]\d\d:?\d\d)?$/;
const DAY_MS = 86_400_000;

/** Local midnight, as local milliseconds, of a date such as `2026-03-08`; undefined for any other text and for no such day. */
export function readDate(text: string): number | undefined {
  const [, year, month, day] = DATE.exec(text) ?? [];
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return Number.isNaN(local) || formatDate(local) !== text ? undefined : local;
}

/** The date of a local time. */
export function formatDate(local: number): string {
  return new Date(local).toISOString().slice(0, 10);
}

/**
 * The moment of an ISO 8601 date and time. Without an offset it is the zone's wall clock: of two such moments the first, and
 * one that the clocks skip is moved by the length of the gap. Undefined when the text is not such a time.
 */
export function readMoment(text: string, zone: string): number | undefined {
  const shape = DATE_TIME.exec(text);
  if (shape === null) return undefined;
  const [, date = '', hour, minute, second = '0', fraction = '0', offset] = shape;
  const midnight = readDate(date);
  if (midnight === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const time = (Number(hour) * 60 + Number(minute)) * 60_000 + Number(second) * 1000 + Number(fraction.padEnd(3, '0'));
  if (offset === undefined) return momentOf(midnight + time, zone);
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(offset) ?? [];
  const east = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return midnight + time - (sign === '-' ? -east : east);
}

/** The moment at which the zone's clocks show a local time: the first of two; moved by the length of a gap that skips it. */
export function momentOf(local: number, zone: string): number {
  const early = offsetsAround(zone, local - DAY_MS);
  const { next } = early;
  const asBefore = local - early.offset;
  if (next === undefined || asBefore < next.at) return asBefore;
  const asAfter = local - next.after;
  return asAfter < next.at ? asBefore : asAfter;
}

/** The first moment of a local day. Where the clocks skip midnight it is the moment at which they do. */
export function startOfDay(midnight: number, zone: string): number {
  const start = momentOf(midnight, zone);
  const { last, offset } = offsetsAround(zone, start);
  return start + offset > midnight && last !== undefined ? last.at : start;
}
