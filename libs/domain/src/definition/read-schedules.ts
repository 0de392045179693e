import { fieldViolation } from '../error/invalid-input.js';
import { parseSchedule } from '../schedule/parse-schedule.js';
import type { ScheduleSpec } from '../schedule/schedule-spec.js';
import { attempt, isRecord, type Read } from './read-strictly.js';

/** Reads the schedules of a definition; its own `start_date` and `end_date` hold for each that has none. */
export function readSchedules(
  given: readonly unknown[],
  definition: { readonly start_date?: string | undefined; readonly end_date?: string | undefined },
  at: (path: string) => string,
): Read<ScheduleSpec[]> {
  const { start_date: start, end_date: end } = definition;
  if (start !== undefined && end !== undefined && Date.parse(end) < Date.parse(start)) {
    return { ok: false, violations: [fieldViolation(at('end_date'), end, `a date that is not before ${start}`)] };
  }
  const reads = given.map((schedule, index) =>
    attempt(() => parseSchedule(withDates(schedule, start, end), at(`schedule[${index}]`))),
  );
  const violations = reads.flatMap((read) => (read.ok ? [] : read.violations));
  if (violations.length > 0) return { ok: false, violations };
  return { ok: true, value: reads.flatMap((read) => (read.ok ? [read.value] : [])) };
}

function withDates(schedule: unknown, start: string | undefined, end: string | undefined): unknown {
  if (start === undefined && end === undefined) return schedule;
  const spec = typeof schedule === 'string' ? { cron: schedule } : schedule;
  if (!isRecord(spec)) return schedule;
  return {
    ...(start === undefined ? {} : { start_date: start }),
    ...(end === undefined ? {} : { end_date: end }),
    ...spec,
  };
}
