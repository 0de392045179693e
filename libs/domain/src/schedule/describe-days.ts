import type { CronExpression } from './cron-expression.js';
import { enumerate } from './enumerate.js';

const WEEK_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];
const NTH = ['', 'first', 'second', 'third', 'fourth', 'fifth'];
const WORK_WEEK = '1,2,3,4,5';

/** The days, when not every day is meant: `every Monday`, `on day 1 and the last day of the month`. */
export function describeDays({ days }: CronExpression): string | undefined {
  if (days.every) return undefined;
  const inMonth = [
    ...(days.monthDays.length > 0 ? [`day${days.monthDays.length > 1 ? 's' : ''} ${rangesOf(days.monthDays)}`] : []),
    ...days.beforeLast.map((before) =>
      before === 0 ? 'the last day' : `${before} day${before > 1 ? 's' : ''} before the last`,
    ),
    ...days.nearestWeekdayTo.map((day) => `the weekday nearest day ${day}`),
    ...(days.lastWeekday ? ['the last weekday'] : []),
    ...days.nthWeekDays.map(({ day, nth }) => `the ${NTH[nth]} ${WEEK_DAYS[day]}`),
    ...days.lastWeekDays.map((day) => `the last ${WEEK_DAYS[day]}`),
  ];
  const month = inMonth.length > 0 ? [`on ${enumerate(inMonth)} of the month`] : [];
  const week = days.weekDays.length > 0 ? [describeWeekDays(days.weekDays)] : [];
  return [...month, ...week].join(' or ');
}

/** The months, when not all are meant: `in January and July`. */
export function describeMonths({ months }: CronExpression): string | undefined {
  return months.length === 12 ? undefined : `in ${enumerate(months.map((month) => MONTHS[month - 1] ?? ''))}`;
}

function describeWeekDays(weekDays: readonly number[]): string {
  if (weekDays.length === 7) return 'every day';
  return weekDays.join() === WORK_WEEK
    ? 'every weekday'
    : `every ${enumerate(weekDays.map((day) => WEEK_DAYS[day] ?? ''))}`;
}

/** `1, 10 to 15 and 20`. */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const shown = ranges.flatMap(([from, to]) => {
    if (from === to) return [`${from}`];
    return to === from + 1 ? [`${from}`, `${to}`] : [`${from} to ${to}`];
  });
  return enumerate(shown);
}
