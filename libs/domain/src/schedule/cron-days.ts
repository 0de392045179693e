/** Which days of a month are meant, as the two day fields of a cron expression say it. */
export interface CronDays {
  /** Neither field restricts the days. */
  readonly every: boolean;
  readonly monthDays: readonly number[];
  /** Days before the last one: `L` is 0, `L-3` is 3. */
  readonly beforeLast: readonly number[];
  /** The weekday (Monday to Friday) nearest to these days: `15W`. */
  readonly nearestWeekdayTo: readonly number[];
  /** The last weekday (Monday to Friday) of the month: `LW`. */
  readonly lastWeekday: boolean;
  /** 0 is Sunday. */
  readonly weekDays: readonly number[];
  /** The last of such days in the month: `5L` is the last Friday. */
  readonly lastWeekDays: readonly number[];
  /** `5#2` is the second Friday. */
  readonly nthWeekDays: readonly { readonly day: number; readonly nth: number }[];
}

const SATURDAY = 6;
const SUNDAY = 0;

/**
 * The meant days of a month with `length` days whose first is a `firstWeekDay` (0 is Sunday); bit 1 is the first day.
 *
 * Where both fields restrict the days, a day is meant when either field means it, as cron has it.
 */
export function daysInMonth(days: CronDays, length: number, firstWeekDay: number): number {
  let mask = 0;
  for (let day = 1; day <= length; day += 1) {
    const weekDay = (firstWeekDay + day - 1) % 7;
    if (days.every || isMonthDay(days, day, length) || isWeekDay(days, day, weekDay, length)) mask |= bit(day);
  }
  for (const day of days.nearestWeekdayTo) {
    if (day <= length) mask |= bit(nearestWeekday(day, length, firstWeekDay));
  }
  if (days.lastWeekday) mask |= bit(nearestWeekday(length, length, firstWeekDay));
  return mask;
}

/** The first set day after `day`, 0 when there is none. */
export function nextDayIn(mask: number, day: number): number {
  const rest = day >= 31 ? 0 : mask & (-1 << (day + 1));
  return rest === 0 ? 0 : 31 - Math.clz32(rest & -rest);
}

function bit(day: number): number {
  return 1 << day;
}

function isMonthDay(days: CronDays, day: number, length: number): boolean {
  return days.monthDays.includes(day) || days.beforeLast.includes(length - day);
}

function isWeekDay(days: CronDays, day: number, weekDay: number, length: number): boolean {
  if (days.weekDays.includes(weekDay)) return true;
  if (day > length - 7 && days.lastWeekDays.includes(weekDay)) return true;
  const nth = Math.ceil(day / 7);
  return days.nthWeekDays.some((meant) => meant.day === weekDay && meant.nth === nth);
}

/** Never leaves the month: the 1st on a Saturday gives Monday the 3rd, a last day on a Sunday gives the Friday before. */
function nearestWeekday(day: number, length: number, firstWeekDay: number): number {
  const weekDay = (firstWeekDay + day - 1) % 7;
  if (weekDay === SATURDAY) return day === 1 ? 3 : day - 1;
  if (weekDay === SUNDAY) return day === length ? day - 2 : day + 1;
  return day;
}
