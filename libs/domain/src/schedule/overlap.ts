import type { Overlap } from './schedule-spec.js';

/** What runs of a schedule there are when its next slot comes. */
export interface Occupancy {
  /** Runs that are not over. */
  readonly running: number;
  /** Slots that wait for those to be over. */
  readonly buffered: number;
}

export interface OverlapDecision {
  readonly outcome: 'fired' | 'buffered' | 'skipped_overlap';
  /** Why it did not just fire; absent when it did. */
  readonly reason?: string;
}

/** Decides one slot by the overlap policy. What the `…_running` policies end is ended by the caller. */
export function decideOverlap(overlap: Overlap, { running, buffered }: Occupancy): OverlapDecision {
  if (overlap === 'skip') return running > 0 ? skipped(`overlap: ${runs(running)} not over`) : { outcome: 'fired' };
  if (overlap !== 'buffer_one' && overlap !== 'buffer_all') return { outcome: 'fired' };
  if (running === 0 && buffered === 0) return { outcome: 'fired' };
  if (overlap === 'buffer_one' && buffered > 0)
    return skipped('overlap: a slot is waiting already, buffer_one keeps no second');
  return { outcome: 'buffered', reason: `overlap: waits, ${runs(running)} not over` };
}

function skipped(reason: string): OverlapDecision {
  return { outcome: 'skipped_overlap', reason };
}

function runs(count: number): string {
  return count === 1 ? 'one run is' : `${count} runs are`;
}
