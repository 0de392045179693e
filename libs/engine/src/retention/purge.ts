import { fenceTerm, purgeRows } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';

/**
 * Forgets answers to submit calls that are older than a day and sessions that were closed more than a week ago, a page of
 * each. History stays.
 *
 * @param input.limit most rows of a kind; 1,000 by default
 * @returns whether there may be more
 */
export async function purge(ctx: SchedulerCtx, input: { readonly limit?: number | undefined } = {}): Promise<boolean> {
  const { limit = 1000 } = input;
  const { answers, sessions } = await ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    return purgeRows(q, limit);
  });
  return answers === limit || sessions === limit;
}
