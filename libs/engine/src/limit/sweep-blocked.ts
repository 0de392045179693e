import { blockedKeys, fenceTerm } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { admitBlocked, SWEPT_KEYS } from './admit-blocked.js';

/**
 * Admits what could have been admitted and was not: its limit was raised, or the process that freed a place ended before it
 * passed it on. Goes through all limits that somebody waits for, a transaction for each two hundred.
 */
export async function sweepBlocked(ctx: SchedulerCtx): Promise<{ readonly laneIds: readonly number[] }> {
  const lanes = new Set<number>();
  for (let after: string | undefined = ''; after !== undefined;) {
    const from: string = after;
    after = await ctx.db.tx(async (q) => {
      await fenceTerm(q, ctx.term);
      const keys = await blockedKeys(q, from, SWEPT_KEYS);
      for (const lane of (await admitBlocked(q, keys)).laneIds) lanes.add(lane);
      return keys.length === SWEPT_KEYS ? keys.at(-1) : undefined;
    });
  }
  if (lanes.size > 0) ctx.wake.ready([...lanes]);
  return { laneIds: [...lanes] };
}
