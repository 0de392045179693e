import { CronExpressionParser } from 'cron-parser';

/** One of the six fields of a cron expression: how it is called and what it may hold. */
export interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** The three-letter names, in the order of the numbers from `min` on. */
  readonly names?: readonly string[];
  readonly wanted: string;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEK_DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const LISTS = 'with lists (1,2), ranges (1-5) and steps (*/2)';

export const SECOND: CronField = { name: 'second', min: 0, max: 59, wanted: `0 to 59 ${LISTS}` };
export const MINUTE: CronField = { name: 'minute', min: 0, max: 59, wanted: `0 to 59 ${LISTS}` };
export const HOUR: CronField = { name: 'hour', min: 0, max: 23, wanted: `0 to 23 ${LISTS}` };
export const MONTH_DAY: CronField = {
  name: 'day of month',
  min: 1,
  max: 31,
  wanted: `1 to 31 ${LISTS}, L (last day), L-3, LW (last weekday) or 15W (weekday nearest the 15th)`,
};
export const MONTH: CronField = {
  name: 'month',
  min: 1,
  max: 12,
  names: MONTHS,
  wanted: `1 to 12 or jan to dec ${LISTS}`,
};
export const WEEK_DAY: CronField = {
  name: 'day of week',
  min: 0,
  max: 7,
  names: WEEK_DAYS,
  wanted: `0 to 7 (0 and 7 are Sunday) or sun to sat ${LISTS}, 5L (last Friday) or 5#2 (second Friday)`,
};

export const CRON_FIELDS = [SECOND, MINUTE, HOUR, MONTH_DAY, MONTH, WEEK_DAY] as const;

/** Schedules share their items: 10,000 expressions are made of a few hundred. */
const MAX_CACHED = 4096;
const expansions = new Map<string, readonly number[]>();
const ITEM = /^(?:[*?]|\d{1,2}(?:-\d{1,2})?)(?:\/(\d{1,3}))?$/;

/** True when the whole field is `*` or `?`: it restricts nothing. */
export function isUnrestricted(text: string): boolean {
  return text === '*' || text === '?';
}

/** The comma-separated items of a field, names replaced by their numbers (`mon-fri` is `1-5`), letters in upper case. */
export function itemsOf(field: CronField, text: string): string[] {
  return text.split(',').map((item) => numbered(field, item));
}

/**
 * The numbers that an item (`*`, `7`, `1-5`, `10-50/10`) stands for; undefined when it is not valid in the field.
 *
 * A step wider than the field is not valid: a field of minutes starts again each hour, so "every 90 minutes" is no cron.
 */
export function numbersOf(field: CronField, item: string): readonly number[] | undefined {
  const shape = ITEM.exec(item);
  if (shape === null || Number(shape[1] ?? 1) > field.max - field.min) return undefined;
  const key = `${field.name} ${item}`;
  const known = expansions.get(key);
  if (known !== undefined) return known;
  const numbers = expand(field, item);
  if (numbers === undefined) return undefined;
  if (expansions.size >= MAX_CACHED) expansions.clear();
  expansions.set(key, numbers);
  return numbers;
}

function expand(field: CronField, item: string): number[] | undefined {
  const fields = CRON_FIELDS.map((one) => (one === field ? item : '*'));
  try {
    const parsed = CronExpressionParser.parse(fields.join(' ')).fields;
    const values = [parsed.second, parsed.minute, parsed.hour, parsed.dayOfMonth, parsed.month, parsed.dayOfWeek];
    const numbers = values[CRON_FIELDS.findIndex((one) => one === field)]?.values ?? [];
    return numbers.map(Number).map((number) => (field === WEEK_DAY ? number % 7 : number));
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function numbered(field: CronField, item: string): string {
  const names = field.names ?? [];
  const replaced = item.toLowerCase().replace(/[a-z]{3}/g, (word) => {
    const index = names.indexOf(word);
    return index < 0 ? word : String(index + field.min);
  });
  return replaced.toUpperCase();
}
