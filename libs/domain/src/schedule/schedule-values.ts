import { DURATION_WANTED, formatDuration, MAX_DURATION_MS, readDuration } from '../duration.js';
import { fieldViolation, showValue, type FieldViolation } from '../error/invalid-input.js';
import { isCronFault, readCron } from './cron-expression.js';
import { createMatcher } from './local-match.js';
import { readDate, readMoment, startOfDay } from './local-time.js';
import { OVERLAPS, type Overlap } from './schedule-spec.js';

const MAX_CATCHUP = 10_000;
const MIN_INTERVAL_MS = 1000;
const MOMENT_WANTED = 'a date such as 2026-03-08, or a date and time such as 2026-03-08T02:30:00Z';

/** Reads one value of a schedule: what is stored of it, or undefined with a fault added. */
export type ValueReader<T> = (value: unknown, field: string, faults: FieldViolation[]) => T | undefined;

export const readCronText: ValueReader<string> = (value, field, faults) => {
  if (typeof value !== 'string') {
    faults.push(fieldViolation(field, value, 'a cron expression as text'));
    return undefined;
  }
  const cron = readCron(value);
  if (isCronFault(cron)) {
    faults.push({ field, got: showValue(value), wanted: cron.wanted, description: `${field}: ${cron.description}` });
  } else if (createMatcher(cron).next(Date.UTC(2000, 0, 1)) === undefined) {
    faults.push(fieldViolation(field, value, 'a cron that happens: none of its months has such a day'));
  }
  return value.trim();
};

export const readInterval: ValueReader<string> = durationFrom(MIN_INTERVAL_MS);
export const readLength: ValueReader<string> = durationFrom(0);

export const readCatchup: ValueReader<number> = (value, field, faults) => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_CATCHUP) return value;
  faults.push(fieldViolation(field, value, `an integer from 0 to ${MAX_CATCHUP}`));
  return undefined;
};

export function oneOf<T extends string>(words: readonly T[]): ValueReader<T> {
  return (value, field, faults) => {
    const found = words.find((word) => word === value);
    if (found === undefined) faults.push(fieldViolation(field, value, `one of ${words.join(', ')}`));
    return found;
  };
}

/** What is asked for by name and not offered is refused with what comes nearest to it, rather than taken for that. */
export const readOverlap: ValueReader<Overlap> = (value, field, faults) => {
  if (value !== 'terminate_running') return oneOf(OVERLAPS)(value, field, faults);
  faults.push(
    fieldViolation(field, value, '`cancel_running`: a run is given its time to end, none is ended without it'),
  );
  return undefined;
};

/** A date as it is, or a moment as ISO 8601 in UTC; a time without an offset is of the schedule's zone. */
export function momentIn(zone: string): ValueReader<string> {
  return (value, field, faults) => {
    const text = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value;
    if (typeof text === 'string') {
      if (readDate(text) !== undefined) return text;
      const moment = readMoment(text, zone);
      if (moment !== undefined) return new Date(moment).toISOString();
    }
    faults.push(fieldViolation(field, value, MOMENT_WANTED));
    return undefined;
  };
}

/** As {@link momentIn}, and a date is the moment at which that day begins. */
export function anchorIn(zone: string): ValueReader<string> {
  const read = momentIn(zone);
  return (value, field, faults) => {
    const text = read(value, field, faults);
    const midnight = text === undefined ? undefined : readDate(text);
    return midnight === undefined ? text : new Date(startOfDay(midnight, zone)).toISOString();
  };
}

function durationFrom(min: number): ValueReader<string> {
  const wanted = min > 0 ? `${DURATION_WANTED}, at least ${formatDuration(min)}` : DURATION_WANTED;
  return (value, field, faults) => {
    const ms = readDuration(value);
    if (ms !== undefined && ms >= min && ms <= MAX_DURATION_MS) return formatDuration(ms);
    faults.push(fieldViolation(field, value, wanted));
    return undefined;
  };
}
