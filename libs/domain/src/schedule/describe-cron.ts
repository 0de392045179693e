import { compileCron, type CronExpression } from './cron-expression.js';
import { describeDays, describeMonths } from './describe-days.js';
import { enumerate } from './enumerate.js';
import type { ScheduleSpec } from './schedule-spec.js';

const MOST_TIMES = 6;

/**
 * The schedule in a line of plain English: `every day at 06:00 America/New_York`, `every 15 minutes`. The zone is named where
 * the hour or the day matters.
 */
export function describeCron(spec: ScheduleSpec): string {
  if (spec.cron === undefined) return describeInterval(spec);
  const cron = compileCron(spec.cron);
  const days = describeDays(cron);
  const months = describeMonths(cron);
  const times = fixedTimes(cron);
  if (times !== undefined)
    return `${[days ?? 'every day', months, `at ${times}`].filter(Boolean).join(' ')} ${spec.timezone}`;
  const rhythm = [describeRhythm(cron), describeHours(cron), days?.replace(/^every /, 'on every '), months].filter(
    Boolean,
  );
  const matters = rhythm.length > 1 || cron.hours.length < 24;
  return `${rhythm.join(' ')}${matters ? ` ${spec.timezone}` : ''}`;
}

function describeInterval(spec: ScheduleSpec): string {
  return `every ${spec.every}${spec.anchor === undefined ? '' : ` from ${spec.anchor}`}`;
}

/** `06:00`, `06:00 and 18:00`; undefined when there are too many to name. */
function fixedTimes({ hours, minutes, seconds }: CronExpression): string | undefined {
  if (hours.length * minutes.length * seconds.length > MOST_TIMES) return undefined;
  const withSeconds = seconds.some((second) => second > 0);
  const times = hours.flatMap((hour) =>
    minutes.flatMap((minute) =>
      seconds.map((second) => [hour, minute, ...(withSeconds ? [second] : [])].map(twoDigits).join(':')),
    ),
  );
  return enumerate(times);
}

/** How often within the hours that are meant. */
function describeRhythm(cron: CronExpression): string {
  const second = stepOf(cron.seconds, 60);
  const minute = stepOf(cron.minutes, 60);
  if (cron.seconds.length > 1) {
    const seconds = second === undefined ? `at seconds ${enumerate(cron.seconds)}` : every(second, 'second');
    if (minute === 1) return second === undefined ? `${seconds} of every minute` : seconds;
    return `${seconds} of ${minute === undefined ? `minutes ${enumerate(cron.minutes)}` : every(minute, 'minute')}`;
  }
  const [at = 0] = cron.seconds;
  const offset = at === 0 ? '' : ` and ${at} seconds`;
  if (minute !== undefined && cron.minutes.length > 1)
    return `${every(minute, 'minute')}${at === 0 ? '' : ` at second ${at}`}`;
  const hour = stepOf(cron.hours, 24);
  const hours = hour === undefined ? 'every hour' : every(hour, 'hour');
  if (cron.minutes.length === 1 && cron.minutes[0] === 0 && at === 0) return hours;
  return `${hours} at minute${cron.minutes.length > 1 ? 's' : ''} ${enumerate(cron.minutes)}${offset}`;
}

/** The hours where they are not all, and not said by the rhythm already. */
function describeHours({ hours, minutes, seconds }: CronExpression): string | undefined {
  if (hours.length === 24) return undefined;
  const step = stepOf(hours, 24);
  const perHour = minutes.length > 1 && stepOf(minutes, 60) !== undefined;
  if (step !== undefined) return perHour || seconds.length > 1 ? `of ${every(step, 'hour')}` : undefined;
  const [first = 0] = hours;
  const last = hours.at(-1) ?? 0;
  const inARow = last - first === hours.length - 1;
  if (!inARow || hours.length === 1)
    return `in the hour${hours.length > 1 ? 's' : ''} ${enumerate(hours.map(twoDigits))}`;
  return `from ${twoDigits(first)}:00 to ${twoDigits(last)}:59`;
}

/** The step of values that divide the whole evenly, from 0 on: 15 of 0, 15, 30, 45; undefined for all others. */
function stepOf(values: readonly number[], whole: number): number | undefined {
  const step = whole / values.length;
  return Number.isInteger(step) && values.every((value, index) => value === index * step) ? step : undefined;
}

function every(count: number, unit: string): string {
  return count === 1 ? `every ${unit}` : `every ${count} ${unit}s`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
