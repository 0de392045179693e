import { formatDuration, parseDuration } from '../duration.js';
import { nextRunnableSlot } from './exclusion.js';
import type { ScheduleSpec } from './schedule-spec.js';

/** A slot decided at most so long after its time is on time, whatever the misfire policy: 60 s. */
export const MISFIRE_GRACE_MS = 60_000;

/** Which slots of a batch run, and for those that do not, why. */
export interface MisfireDecision {
  readonly runs: boolean;
  readonly reason: string;
}

/**
 * Decides the slots of one batch, ascending, none of them excluded: those on time run, of the late ones as many of the
 * newest as the policy allows, with those counted in that follow the batch up to `now`.
 */
export function decideMisfires(
  spec: ScheduleSpec,
  slots: readonly Date[],
  batchEnd: Date,
  now: Date,
): MisfireDecision[] {
  const maxLateness = spec.max_lateness === undefined ? Infinity : parseDuration(spec.max_lateness, 'max_lateness');
  const grace = Math.min(MISFIRE_GRACE_MS, maxLateness);
  const lateness = slots.map((slot) => now.getTime() - slot.getTime());
  const onTime = lateness.filter((ms) => ms <= grace).length;
  const late = lateness.filter((ms) => ms > grace && ms <= maxLateness).length;
  const allowed = allowedLate(spec, onTime, batchEnd, now, grace);
  let passed = late - Math.min(late, allowed);
  return lateness.map((ms) => {
    if (ms <= grace) return { runs: true, reason: 'on_time' };
    const by = `${formatDuration(ms)} late`;
    if (ms > maxLateness) return missed(`max_lateness: ${by}, at most ${spec.max_lateness} is allowed`);
    if (passed === 0) return { runs: true, reason: `catch_up: ${by}, misfire ${spec.misfire}` };
    passed -= 1;
    return missed(missedReason(spec, by));
  });
}

function allowedLate(spec: ScheduleSpec, onTime: number, batchEnd: Date, now: Date, grace: number): number {
  if (spec.misfire === 'none') return 0;
  if (spec.misfire === 'last') return onTime > 0 || countRunnable(spec, batchEnd, now, 1) > 0 ? 0 : 1;
  const lateUntil = new Date(now.getTime() - grace - 1);
  return spec.max_catchup - countRunnable(spec, batchEnd, lateUntil, spec.max_catchup);
}

/** How many slots in (after, until] are not excluded; counts no further than `most`. */
function countRunnable(spec: ScheduleSpec, after: Date, until: Date, most: number): number {
  let count = 0;
  let slot = nextRunnableSlot(spec, after);
  while (count < most && slot !== undefined && slot <= until) {
    count += 1;
    slot = nextRunnableSlot(spec, slot);
  }
  return count;
}

function missed(reason: string): MisfireDecision {
  return { runs: false, reason };
}

function missedReason(spec: ScheduleSpec, by: string): string {
  if (spec.misfire === 'none') return `misfire_none: ${by}`;
  if (spec.misfire === 'last') return `misfire_last: ${by}, a later slot runs`;
  return `max_catchup: ${by}, only the last ${spec.max_catchup} late slots run`;
}
