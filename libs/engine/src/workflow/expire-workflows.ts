import { expireRuns, fenceTerm } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';

/** Begins to end the workflow instances whose timeout has passed; advancing them then does the rest. Gives how many. */
export async function expireWorkflows(
  ctx: SchedulerCtx,
  input: { readonly limit?: number | undefined; readonly now?: Date | undefined } = {},
): Promise<number> {
  const expired = await ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    return expireRuns(q, { limit: input.limit ?? 500, now: input.now });
  });
  if (expired.length > 0) ctx.wake.workflowChanged();
  return expired.length;
}
