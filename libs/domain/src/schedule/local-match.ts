import { compileCron, type CronExpression } from './cron-expression.js';
import { daysInMonth, nextDayIn } from './cron-days.js';

/**
 * Finds what an expression matches on a calendar without a zone. Local times are milliseconds as if the calendar were in
 * UTC, so that arithmetic on them is plain.
 */
export interface LocalMatcher {
  readonly cron: CronExpression;
  /** The first match at or after a local time; undefined when there is none within {@link HORIZON_YEARS}. */
  next(local: number): number | undefined;
}

/** Longer than the longest pause of any expression that happens at all: a fifth Monday in February, 40 years around 2100. */
const HORIZON_YEARS = 48;
const LAST_YEAR = 9999;
const DAY_MS = 86_400_000;
const MAX_CACHED = 16_384;

const matchers = new Map<string, LocalMatcher>();

/** The matcher of an expression that was accepted before; the latest 16,384 are kept. */
export function matcherOf(text: string): LocalMatcher {
  const known = matchers.get(text);
  if (known !== undefined) return known;
  const matcher = createMatcher(compileCron(text));
  for (const oldest of matchers.keys()) {
    if (matchers.size < MAX_CACHED) break;
    matchers.delete(oldest);
  }
  matchers.set(text, matcher);
  return matcher;
}

export function createMatcher(cron: CronExpression): LocalMatcher {
  const nextTime = timesOfDay(cron);
  const daysOf = daysOfMonths(cron);
  const firstTime = nextTime(0);
  const next = (local: number): number | undefined => {
    const at = new Date(local);
    let [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
    const today = at.getUTCDate();
    const midnight = Math.floor(local / DAY_MS) * DAY_MS;
    if ((daysOf(year, month) & (1 << today)) !== 0) {
      const time = nextTime(Math.ceil((local - midnight) / 1000));
      if (time >= 0) return midnight + time * 1000;
    }
    const lastYear = Math.min(year + HORIZON_YEARS, LAST_YEAR);
    for (let after = today; year <= lastYear; after = 0) {
      const day = nextDayIn(daysOf(year, month), after);
      if (day > 0) return Date.UTC(year, month, day) + firstTime * 1000;
      month = (month + 1) % 12;
      if (month === 0) year += 1;
    }
    return undefined;
  };
  return { cron, next };
}

/** Second of the day of the first match at or after one; −1 when the day has no further match. */
function timesOfDay(cron: CronExpression): (second: number) => number {
  const seconds = followers(cron.seconds, 60);
  const minutes = followers(cron.minutes, 60);
  const hours = followers(cron.hours, 24);
  const first = { second: cron.seconds[0] ?? 0, minute: cron.minutes[0] ?? 0 };
  return (from) => {
    const [hour, minute, second] = [Math.floor(from / 3600), Math.floor(from / 60) % 60, from % 60];
    if (hours[hour] === hour) {
      const same = minutes[minute] === minute ? (seconds[second] ?? -1) : -1;
      if (same >= 0) return hour * 3600 + minute * 60 + same;
      const later = minutes[minute + 1] ?? -1;
      if (later >= 0) return hour * 3600 + later * 60 + first.second;
    }
    const next = hours[hour + 1] ?? -1;
    return next < 0 ? -1 : next * 3600 + first.minute * 60 + first.second;
  };
}

/** For each number below `size` the first of `values` that is not smaller; −1 where there is none. */
function followers(values: readonly number[], size: number): Int8Array {
  const table = new Int8Array(size + 1).fill(-1);
  const wanted = new Set(values);
  for (let index = size - 1; index >= 0; index -= 1) {
    table[index] = wanted.has(index) ? index : (table[index + 1] ?? -1);
  }
  return table;
}

/** The matching days of a month (0 to 11) as bits; a month has one of 28 shapes, so each is worked out once. */
function daysOfMonths(cron: CronExpression): (year: number, month: number) => number {
  const months = new Set(cron.months);
  const shapes = new Map<number, number>();
  return (year, month) => {
    if (!months.has(month + 1)) return 0;
    const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    const firstWeekDay = new Date(Date.UTC(year, month, 1)).getUTCDay();
    const shape = length * 7 + firstWeekDay;
    let mask = shapes.get(shape);
    if (mask === undefined) {
      mask = daysInMonth(cron.days, length, firstWeekDay);
      shapes.set(shape, mask);
    }
    return mask;
  };
}
