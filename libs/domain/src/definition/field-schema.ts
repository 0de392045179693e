import { z } from 'zod';
import { DURATION_WANTED, MAX_DURATION_MS } from '../duration.js';
import { PRIORITIES } from '../priority.js';
import { isRecord } from './read-strictly.js';
import type { JsonObject } from '../json.js';

// Every leaf carries as its error what it wants; the reader puts the field and what was got before it.

const NAME_WANTED = '1 to 200 letters, digits, ".", "_" or "-", the first a letter or digit';

export const name = z.string(NAME_WANTED).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, NAME_WANTED);

export const duration = z.int(DURATION_WANTED).min(0, DURATION_WANTED).max(MAX_DURATION_MS, DURATION_WANTED);

const LONGER_THAN_ZERO = `${DURATION_WANTED}, longer than 0`;

export const positiveDuration = duration.min(1, LONGER_THAN_ZERO);

export const priority = z.enum(PRIORITIES, `one of ${PRIORITIES.join(', ')}`);

export const flag = z.boolean('true or false');

export function integer(min: number, max: number): z.ZodInt {
  const wanted = `a whole number from ${min} to ${max}`;
  return z.int(wanted).min(min, wanted).max(max, wanted);
}

export function decimal(min: number, max: number): z.ZodNumber {
  const wanted = `a number from ${min} to ${max}`;
  return z.number(wanted).min(min, wanted).max(max, wanted);
}

/** Text of `min` to `max` characters. */
export function text(min: number, max: number): z.ZodString {
  const wanted = `text of ${min} to ${max} characters`;
  return z.string(wanted).min(min, wanted).max(max, wanted);
}

export function list<T extends z.ZodType>(item: T, max: number): z.ZodArray<T> {
  const wanted = `a list of at most ${max}`;
  return z.array(item, wanted).max(max, wanted);
}

/** An object with these keys and no other. */
export function strict<T extends z.ZodRawShape>(shape: T, wanted: string): z.ZodObject<T, z.core.$strict> {
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? undefined : wanted) });
}

/** An object of any JSON; the caller has checked that the whole input is JSON. */
export const jsonObject = z.custom<JsonObject>(isRecord, 'an object');

const DATE_WANTED = 'a date such as 2026-01-31, or one with a time such as 2026-01-31T06:00:00Z';

export const date = z.string(DATE_WANTED).regex(/^\d{4}-\d{2}-\d{2}(?:[T ].+)?$/, DATE_WANTED);

/** Deadlines of an instance. */
export interface Sla {
  /** Milliseconds from when it became due to its start. */
  readonly start_within_ms?: number | undefined;
  /** Milliseconds from when it became due to its end. */
  readonly finish_within_ms?: number | undefined;
  /** Time of day, `HH:MM` in the zone of the schedule, by which the instance of that day has ended. */
  readonly expected_by?: string | undefined;
}

const TIME_WANTED = 'a time of day such as 06:30';

export const sla = strict(
  {
    start_within_ms: positiveDuration.optional(),
    finish_within_ms: positiveDuration.optional(),
    expected_by: z
      .string(TIME_WANTED)
      .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, TIME_WANTED)
      .optional(),
  },
  'a duration (finish_within) or an object with start_within, finish_within or expected_by',
);
