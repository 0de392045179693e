import { dequeueExpired, fenceTerm, promoteDelayedRows } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { announceEnds, noEnds } from './announce-ends.js';
import { passPlacesOn } from './hand-back.js';
import { RANK_OFFSETS } from './rank-offsets.js';

export interface PromoteInput {
  /** Most instances at once; 5,000 by default. */
  readonly limit?: number | undefined;
  /** Database time when absent. */
  readonly now?: Date | undefined;
}

const LIMIT = 5000;

/** Makes instances ready whose time has come: `run_at`, or the pause before another attempt. */
export async function promoteDelayed(
  ctx: SchedulerCtx,
  input: PromoteInput = {},
): Promise<{ readonly promoted: number; readonly more: boolean }> {
  const { limit = LIMIT, now } = input;
  const ends = noEnds();
  const moved = await ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    const rows = await promoteDelayedRows(q, { now, limit, rankOffsets: RANK_OFFSETS });
    for (const { lane_id: lane, limit_keys: keys, expired } of rows) {
      if (expired) continue;
      if (keys === null) ends.lanes.add(lane);
      else for (const key of keys) ends.limitKeys.add(key);
    }
    const late = rows.filter((row) => row.expired).map((row) => row.id);
    if (late.length > 0) {
      const dequeued = await dequeueExpired(q, { ids: [], loose: late });
      for (const id of dequeued.ids) ends.ids.add(id);
      for (const key of dequeued.freed_keys) ends.limitKeys.add(key);
      ends.ofWorkflow ||= dequeued.of_workflow;
    }
    await passPlacesOn(q, ends);
    return rows.length;
  });
  announceEnds(ctx, ends);
  return { promoted: moved, more: moved === limit };
}
