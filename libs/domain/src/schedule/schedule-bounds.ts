import { readDate, readMoment, startOfDay } from './local-time.js';
import type { ScheduleSpec } from './schedule-spec.js';

/** The first and the last moment at which a slot may be, in milliseconds since the epoch. */
export interface ScheduleBounds {
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 86_400_000;
/** The last moment of the year 9999: the largest that every part of the system can write. */
const LAST_MOMENT = Date.UTC(10_000, 0, 1) - 1;

/** Of `start_date` and `end_date`: a date as start is its beginning, a date as end is its last millisecond. */
export function boundsOf(spec: Pick<ScheduleSpec, 'start_date' | 'end_date' | 'timezone'>): ScheduleBounds {
  const { start_date: start, end_date: end, timezone } = spec;
  return {
    from: start === undefined ? -Infinity : boundOf(start, timezone, 'start'),
    to: end === undefined ? LAST_MOMENT : Math.min(LAST_MOMENT, boundOf(end, timezone, 'end')),
  };
}

function boundOf(text: string, zone: string, side: 'start' | 'end'): number {
  const midnight = readDate(text);
  if (midnight === undefined) return readMoment(text, zone) ?? NaN;
  return side === 'start' ? startOfDay(midnight, zone) : startOfDay(midnight + DAY_MS, zone) - 1;
}
