import { fenceTerm, overdue, postponeDeadlines } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { announceEnds, noEnds, noteEnd } from './announce-ends.js';
import { writeEndings } from './end-attempts.js';
import { passPlacesOn } from './hand-back.js';
import { FLAG_AHEAD } from './task-flags.js';

export interface TimeoutInput {
  /** Most attempts at once; 1,000 by default. */
  readonly limit?: number | undefined;
  /** Milliseconds past the deadline that the worker has to stop the attempt and report it itself; 10 s by default. */
  readonly graceMs?: number | undefined;
  /** Database time when absent. */
  readonly now?: Date | undefined;
}

const LIMIT = 1000;
const GRACE_MS = 10_000;

/**
 * Ends attempts that ran for longer than the Task's timeout and whose worker does not end them. Time counts from the lease;
 * for one that the worker got ahead of its slots, from when it may have been started.
 */
export async function enforceTimeouts(
  ctx: SchedulerCtx,
  input: TimeoutInput = {},
): Promise<{ readonly attempts: number; readonly more: boolean }> {
  const { limit = LIMIT, graceMs = GRACE_MS, now } = input;
  const ends = noEnds();
  const attempts = await ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    await postponeDeadlines(q, { now, aheadFlag: FLAG_AHEAD, limit });
    const leases = await overdue(q, { now, graceMs, aheadFlag: FLAG_AHEAD, limit });
    const message = 'It ran for longer than its timeout and its worker did not end it.';
    const ended = await writeEndings(
      q,
      ctx.actor,
      leases.map((lease) => ({ lease, outcome: 'timeout', reason: 'TIMEOUT', message })),
    );
    for (const row of ended) noteEnd(ends, row);
    await passPlacesOn(q, ends);
    return ended.length;
  });
  announceEnds(ctx, ends);
  return { attempts, more: attempts === limit };
}
