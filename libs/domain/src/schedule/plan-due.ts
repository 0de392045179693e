import { exclusionAt } from './exclusion.js';
import { jitterMs } from './jitter.js';
import { decideMisfires } from './misfire.js';
import { nextSlot, slotsBetween } from './next-slot.js';
import { decideOverlap } from './overlap.js';
import type { ScheduleSpec } from './schedule-spec.js';

/** Most slots that one plan decides; what is left is for the next one. */
export const MAX_SLOTS_PER_PLAN = 10_000;

export type SlotOutcome =
  'fired' | 'buffered' | 'missed' | 'skipped_overlap' | 'skipped_paused' | 'skipped_inactive' | 'excluded';

export interface DueInput {
  /** Every slot up to here is decided. */
  readonly highWater: Date;
  readonly now: Date;
  /** Runs of this schedule that are not over. */
  readonly running: number;
  /** Slots of it that are buffered. Default 0. */
  readonly buffered?: number | undefined;
  /** The schedule is paused. */
  readonly paused: boolean;
  /** The Task or Workflow is active. Default true. */
  readonly active?: boolean | undefined;
  /** Tells this schedule from others, for its jitter. */
  readonly seed: string;
}

export interface SlotDecision {
  readonly slot: Date;
  readonly outcome: SlotOutcome;
  /** A stable word, mostly with a colon and the particulars: `on_time`, `misfire_none: 2h5m late`. */
  readonly reason: string;
  /** When the run may start: the slot and its jitter. Only where the outcome is `fired` or `buffered`. */
  readonly runAt?: Date;
}

export interface DuePlan {
  /** Ascending; one for each slot in (highWater, new highWater]. */
  readonly decisions: readonly SlotDecision[];
  readonly highWater: Date;
  /** The next slot to decide, due already when `more`; undefined when there is none any more. */
  readonly nextAt: Date | undefined;
  /** There were more slots than one plan decides: plan again from the new high-water mark. */
  readonly more: boolean;
  /** What is to be done first with the runs that are not over, by the overlap policy. */
  readonly interrupt?: 'cancel';
}

/**
 * Decides every slot in (highWater, now]: exclusions first, then inactive and paused, then lateness, then overlap.
 *
 * Late slots run by `misfire`: none, the last one unless a slot on time runs, or all of them up to `max_catchup`, the
 * newest. Of several slots in one plan that would each end the run before it, the last one runs.
 */
export function planDue(spec: ScheduleSpec, input: DueInput): DuePlan {
  const slots = slotsBetween(spec, input.highWater, input.now, MAX_SLOTS_PER_PLAN);
  const last = slots.at(-1) ?? input.highWater;
  const following = slots.length < MAX_SLOTS_PER_PLAN ? undefined : nextSlot(spec, last);
  const more = following !== undefined && following <= input.now;
  const highWater = more ? last : new Date(Math.max(input.now.getTime(), input.highWater.getTime()));
  const decisions = decideSlots(spec, slots, highWater, input);
  const interrupts = input.running > 0 && decisions.some((decision) => decision.outcome === 'fired');
  return {
    decisions,
    highWater,
    nextAt: more ? following : nextSlot(spec, highWater),
    more,
    ...(interrupts && spec.overlap === 'cancel_running' ? { interrupt: 'cancel' } : {}),
  };
}

function decideSlots(spec: ScheduleSpec, slots: readonly Date[], highWater: Date, input: DueInput): SlotDecision[] {
  const set = slots.map((slot) => setAside(spec, slot, input));
  const left = slots.filter((_, index) => set[index] === undefined);
  const misfires = decideMisfires(spec, left, highWater, input.now);
  const runnable = left.filter((_, index) => misfires[index]?.runs === true);
  const survivor = spec.overlap === 'cancel_running' ? runnable.at(-1) : undefined;
  const occupancy = { running: input.running, buffered: input.buffered ?? 0 };
  let position = 0;
  return slots.map((slot, index) => {
    const aside = set[index];
    if (aside !== undefined) return aside;
    const misfire = misfires[position++];
    if (misfire === undefined || !misfire.runs) return { slot, outcome: 'missed', reason: misfire?.reason ?? 'missed' };
    if (survivor !== undefined && slot !== survivor) {
      return { slot, outcome: 'skipped_overlap', reason: `overlap: ${spec.overlap}, a later slot runs in its place` };
    }
    const { outcome, reason = misfire.reason } = decideOverlap(spec.overlap, occupancy);
    if (outcome === 'skipped_overlap') return { slot, outcome, reason };
    if (outcome === 'fired') occupancy.running += 1;
    else occupancy.buffered += 1;
    return { slot, outcome, reason, runAt: new Date(slot.getTime() + jitterMs(spec, input.seed, slot)) };
  });
}

/** The decision on a slot that does not run whatever its lateness; undefined for the others. */
function setAside(spec: ScheduleSpec, slot: Date, { paused, active = true }: DueInput): SlotDecision | undefined {
  const range = exclusionAt(spec, slot);
  if (range !== undefined) {
    const days = range.from === range.to ? range.from : `${range.from} to ${range.to}`;
    return { slot, outcome: 'excluded', reason: `excluded: ${days}` };
  }
  if (!active) return { slot, outcome: 'skipped_inactive', reason: 'inactive' };
  return paused ? { slot, outcome: 'skipped_paused', reason: 'paused' } : undefined;
}
