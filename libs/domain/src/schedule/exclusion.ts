import { fieldViolation, type FieldViolation } from '../error/invalid-input.js';
import { formatDate, readDate, startOfDay } from './local-time.js';
import { nextSlot } from './next-slot.js';
import type { DateRange, ScheduleSpec } from './schedule-spec.js';
import { offsetsAround } from './zone-offsets.js';

const DAY_MS = 86_400_000;
const MAX_RANGES = 1000;
const RANGE_WANTED = 'a date such as 2026-12-25, a range 2026-12-24/2026-12-26 or {from, to} with from not after to';

/** The excluded day or days on which a slot is, by the schedule's own calendar; undefined when it is on none. */
export function exclusionAt(spec: ScheduleSpec, slot: Date): DateRange | undefined {
  if (spec.exclude === undefined) return undefined;
  const date = formatDate(slot.getTime() + offsetsAround(spec.timezone, slot.getTime()).offset);
  return spec.exclude.find((range) => range.from <= date && date <= range.to);
}

/** The first slot after a moment that is not on an excluded day: the next one that may run. */
export function nextRunnableSlot(spec: ScheduleSpec, after: Date): Date | undefined {
  for (let from = after; ;) {
    const slot = nextSlot(spec, from);
    const range = slot === undefined ? undefined : exclusionAt(spec, slot);
    if (range === undefined) return slot;
    const dayAfter = (readDate(range.to) ?? 0) + DAY_MS;
    from = new Date(startOfDay(dayAfter, spec.timezone) - 1);
  }
}

/** The ranges of an `exclude` list, ascending and joined where they touch. Faults are added to `faults`. */
export function readExclusions(input: unknown, field: string, faults: FieldViolation[]): DateRange[] {
  if (!Array.isArray(input)) {
    faults.push(fieldViolation(field, input, 'a list of dates and date ranges'));
    return [];
  }
  if (input.length > MAX_RANGES) {
    faults.push(fieldViolation(field, input, `at most ${MAX_RANGES} entries: join neighbouring days to ranges`));
    return [];
  }
  const ranges: DateRange[] = [];
  for (const [index, entry] of input.entries()) {
    const range = readRange(entry);
    if (range === undefined) faults.push(fieldViolation(`${field}[${index}]`, entry, RANGE_WANTED));
    else ranges.push(range);
  }
  return joined(ranges);
}

function readRange(entry: unknown): DateRange | undefined {
  const [from, to] = endsOf(entry).map((end) =>
    end instanceof Date && isMoment(end) ? formatDate(end.getTime()) : end,
  );
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  return readDate(from) === undefined || readDate(to) === undefined || from > to ? undefined : { from, to };
}

function endsOf(entry: unknown): unknown[] {
  if (typeof entry === 'string') return entry.includes('/') ? entry.split('/', 2) : [entry, entry];
  if (entry instanceof Date) return [entry, entry];
  if (typeof entry !== 'object' || entry === null) return [];
  const { from, to = from, ...rest } = entry as Record<string, unknown>;
  return Object.keys(rest).length > 0 ? [] : [from, to];
}

function isMoment(date: Date): boolean {
  return !Number.isNaN(date.getTime());
}

function joined(ranges: readonly DateRange[]): DateRange[] {
  const result: DateRange[] = [];
  for (const range of [...ranges].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const before = result.at(-1);
    const touches = before !== undefined && (readDate(range.from) ?? 0) <= (readDate(before.to) ?? 0) + DAY_MS;
    if (before === undefined || !touches) result.push(range);
    else if (range.to > before.to) result.splice(-1, 1, { from: before.from, to: range.to });
  }
  return result;
}
