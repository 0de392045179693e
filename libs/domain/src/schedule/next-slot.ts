import { parseDuration } from '../duration.js';
import { matcherOf, type LocalMatcher } from './local-match.js';
import { readMoment } from './local-time.js';
import { boundsOf, type ScheduleBounds } from './schedule-bounds.js';
import type { ScheduleSpec } from './schedule-spec.js';
import { offsetsAround } from './zone-offsets.js';

/**
 * The first slot after a moment; undefined when there is none (after `end_date`, or none within 48 years). Slots on excluded
 * days are slots too: they are accounted for, and do not run.
 */
export function nextSlot(spec: ScheduleSpec, after: Date): Date | undefined {
  const slot = nextSlotAfter(spec, after.getTime(), boundsOf(spec));
  return slot === undefined ? undefined : new Date(slot);
}

/** The slots in (after, until], ascending, at most `limit` of them. */
export function slotsBetween(spec: ScheduleSpec, after: Date, until: Date, limit: number): Date[] {
  const bounds = boundsOf(spec);
  const end = Math.min(until.getTime(), bounds.to);
  const slots: Date[] = [];
  let slot = nextSlotAfter(spec, after.getTime(), bounds);
  while (slot !== undefined && slot <= end && slots.length < limit) {
    slots.push(new Date(slot));
    slot = nextSlotAfter(spec, slot, bounds);
  }
  return slots;
}

function nextSlotAfter(spec: ScheduleSpec, after: number, bounds: ScheduleBounds): number | undefined {
  const from = Math.max(after + 1, bounds.from);
  const slot = spec.every === undefined ? nextOfCron(spec, from, bounds.to) : nextOfInterval(spec, spec.every, from);
  return slot === undefined || slot > bounds.to ? undefined : slot;
}

function nextOfInterval(spec: ScheduleSpec, every: string, from: number): number {
  const interval = parseDuration(every, 'every');
  const anchor = spec.anchor === undefined ? 0 : (readMoment(spec.anchor, spec.timezone) ?? 0);
  return anchor + Math.ceil((from - anchor) / interval) * interval;
}

/**
 * Time is cut into stretches within which the clocks run on evenly. In each the calendar is matched through its offset: none
 * where a repeated hour was counted already, two where wall-clock times that a gap skipped are added to those that exist.
 */
function nextOfCron(spec: ScheduleSpec, from: number, to: number): number | undefined {
  const matcher = matcherOf(spec.cron ?? '');
  let at = from;
  while (at <= to) {
    const stretch = stretchAt(spec, matcher, at);
    if (stretch.offsets.length > 0) {
      const slot = firstMatch(matcher, at, stretch.offsets);
      if (slot === undefined || slot < stretch.until) return slot;
    }
    at = stretch.until;
  }
  return undefined;
}

function firstMatch(matcher: LocalMatcher, at: number, offsets: readonly number[]): number | undefined {
  let first: number | undefined;
  for (const offset of offsets) {
    const local = matcher.next(at + offset);
    if (local !== undefined && (first === undefined || local - offset < first)) first = local - offset;
  }
  return first;
}

interface Stretch {
  /** The offsets through which the calendar is matched. */
  readonly offsets: readonly number[];
  readonly until: number;
}

function stretchAt(spec: ScheduleSpec, matcher: LocalMatcher, at: number): Stretch {
  const { offset, last, next, until } = offsetsAround(spec.timezone, at);
  if (matcher.cron.followsRealTime) return { offsets: [offset], until };
  if (last !== undefined) {
    const moved = last.after - last.before;
    const settled = last.at + Math.abs(moved);
    const end = Math.min(settled, until);
    if (at < settled && moved > 0 && spec.dst_gap === 'shift') return { offsets: [offset, last.before], until: end };
    if (at < settled && moved < 0 && spec.dst_overlap === 'first') return { offsets: [], until: end };
  }
  if (next !== undefined && next.after < next.before && spec.dst_overlap === 'last') {
    const repeated = next.at - (next.before - next.after);
    return at < repeated ? { offsets: [offset], until: Math.min(repeated, until) } : { offsets: [], until };
  }
  return { offsets: [offset], until };
}
