import { InvalidInput, showValue } from '../error/invalid-input.js';
import { CRON_FIELDS, HOUR, MINUTE, MONTH, MONTH_DAY, SECOND, WEEK_DAY } from './cron-field.js';
import { isUnrestricted, itemsOf, numbersOf, type CronField } from './cron-field.js';
import { type CronDays } from './cron-days.js';

/** A cron expression taken apart. Numbers ascend and are never empty. */
export interface CronExpression {
  /** The six fields, with `0` seconds where five were written, aliases resolved, in lower case. */
  readonly fields: readonly string[];
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly days: CronDays;
  /** The hour field begins with `*`: the expression follows real time and not the wall clock. */
  readonly followsRealTime: boolean;
}

/** Why a text is no cron expression, as the parts of a violation. */
export interface CronFault {
  readonly wanted: string;
  readonly description: string;
}

export const CRON_ALIASES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

const MAX_LENGTH = 512;
const CRON_WANTED =
  'a cron expression of 5 fields (minute hour day-of-month month day-of-week), 6 with seconds in front, ' +
  `or ${Object.keys(CRON_ALIASES).join(', ')}`;

/** Takes an expression apart, or says what is wrong with it. Whether it ever happens is not looked at. */
export function readCron(text: string): CronExpression | CronFault {
  if (text.length > MAX_LENGTH) return fault(text, CRON_WANTED, `it is longer than ${MAX_LENGTH} characters`);
  const words = text.trim().toLowerCase();
  if (words.startsWith('@every'))
    return fault(text, CRON_WANTED, 'write the interval as `every: 5m` instead of a cron');
  const fields = (CRON_ALIASES[words] ?? words).split(/\s+/);
  if (fields.length === 5) fields.unshift('0');
  if (fields.length === 7) {
    return fault(text, CRON_WANTED, 'a seventh field for the year is not known: use start_date and end_date');
  }
  if (fields.length !== 6) return fault(text, CRON_WANTED, `it has ${words === '' ? 'no' : fields.length} fields`);
  return readFields(text, fields);
}

export function isCronFault(value: CronExpression | CronFault): value is CronFault {
  return 'wanted' in value;
}

/** The expression of a schedule that was accepted before. Throws InvalidInput for any other. */
export function compileCron(text: string): CronExpression {
  const cron = readCron(text);
  if (!isCronFault(cron)) return cron;
  throw InvalidInput.of('the schedule', [{ field: 'cron', got: showValue(text), ...cron }]);
}

function readFields(text: string, fields: readonly string[]): CronExpression | CronFault {
  const numbers = new Map<CronField, number[]>();
  const special: SpecialDays = {
    beforeLast: [],
    nearestWeekdayTo: [],
    lastWeekday: [],
    lastWeekDays: [],
    nthWeekDays: [],
  };
  for (const [index, field] of CRON_FIELDS.entries()) {
    const found = new Set<number>();
    for (const item of itemsOf(field, fields[index] ?? '')) {
      if (readSpecialDay(field, item, special)) continue;
      const values = numbersOf(field, item);
      if (values === undefined) return fieldFault(text, field, item.toLowerCase());
      for (const value of values) found.add(value);
    }
    numbers.set(
      field,
      [...found].sort((a, b) => a - b),
    );
  }
  const take = (field: CronField): number[] => numbers.get(field) ?? [];
  const [monthDay, weekDay] = [fields[3] ?? '', fields[5] ?? ''];
  return {
    fields,
    seconds: take(SECOND),
    minutes: take(MINUTE),
    hours: take(HOUR),
    months: take(MONTH),
    days: {
      ...special,
      lastWeekday: special.lastWeekday.length > 0,
      every: isUnrestricted(monthDay) && isUnrestricted(weekDay),
      monthDays: isUnrestricted(monthDay) ? [] : take(MONTH_DAY),
      weekDays: isUnrestricted(weekDay) ? [] : take(WEEK_DAY),
    },
    followsRealTime: /^[*?]/.test(fields[2] ?? ''),
  };
}

interface SpecialDays {
  readonly beforeLast: number[];
  readonly nearestWeekdayTo: number[];
  readonly lastWeekday: true[];
  readonly lastWeekDays: number[];
  readonly nthWeekDays: { day: number; nth: number }[];
}

/** Takes in `L`, `L-3`, `LW`, `15W`, `5L` and `5#2`, which cron-parser does not know or not in lists. False for other items. */
function readSpecialDay(field: CronField, item: string, special: SpecialDays): boolean {
  const shape = /^(?:(L)(?:-([1-9]|[12]\d|30))?|(LW)|([1-9]|[12]\d|3[01])W|([0-7])L|([0-7])#([1-5]))$/.exec(item);
  if (shape === null) return false;
  const [, last, before, lastWeekday, nearest, lastDay, day, nth] = shape;
  if (field === MONTH_DAY) {
    if (last !== undefined) special.beforeLast.push(Number(before ?? 0));
    if (lastWeekday !== undefined) special.lastWeekday.push(true);
    if (nearest !== undefined) special.nearestWeekdayTo.push(Number(nearest));
    return last !== undefined || lastWeekday !== undefined || nearest !== undefined;
  }
  if (field !== WEEK_DAY) return false;
  if (lastDay !== undefined) special.lastWeekDays.push(Number(lastDay) % 7);
  if (day !== undefined) special.nthWeekDays.push({ day: Number(day) % 7, nth: Number(nth) });
  return lastDay !== undefined || day !== undefined;
}

function fieldFault(text: string, field: CronField, item: string): CronFault {
  const wanted = `${field.name} ${field.wanted}`;
  if (/^h(?!\w)/.test(item))
    return fault(text, wanted, `${field.name} ${showValue(item)} is hashed: use jitter to spread load`);
  const [, step] = /\/(\d+)$/.exec(item) ?? [];
  if (step !== undefined && Number(step) > field.max - field.min) {
    const hint = `${field.name} ${showValue(item)} has a step wider than the field: use \`every\` for such an interval`;
    return fault(text, wanted, hint);
  }
  return fault(text, wanted, `${field.name} ${showValue(item)} is not one`);
}

function fault(text: string, wanted: string, why: string): CronFault {
  return { wanted, description: `cron ${showValue(text)} is not valid: ${why}; wanted ${wanted}` };
}
