import { dequeueExpired, fenceTerm, takeExpiries } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { announceEnds, noEnds } from './announce-ends.js';
import { passPlacesOn } from './hand-back.js';

export interface ExpireQueuedInput {
  /** Most expiries looked at at once; 5,000 by default. */
  readonly limit?: number | undefined;
  /** Database time when absent. */
  readonly now?: Date | undefined;
}

const LIMIT = 5000;

/** Takes instances off the queue that have not started by their `expires_at`; they end as `dequeued` with reason EXPIRED. */
export async function expireQueued(
  ctx: SchedulerCtx,
  input: ExpireQueuedInput = {},
): Promise<{ readonly dequeued: number; readonly more: boolean }> {
  const { limit = LIMIT, now } = input;
  const ends = noEnds();
  const taken = await ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    const ids = await takeExpiries(q, { now, limit });
    if (ids.length === 0) return 0;
    const dequeued = await dequeueExpired(q, { ids });
    for (const id of dequeued.ids) ends.ids.add(id);
    for (const key of dequeued.freed_keys) ends.limitKeys.add(key);
    ends.ofWorkflow = dequeued.of_workflow;
    await passPlacesOn(q, ends);
    return ids.length;
  });
  announceEnds(ctx, ends);
  return { dequeued: ends.ids.size, more: taken === limit };
}
