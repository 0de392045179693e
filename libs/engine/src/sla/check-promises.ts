import { fenceTerm, settleWatches, type SettledWatches } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';

/**
 * Looks at the promises (`sla`) whose moment has come: an instance that has not started or finished by then is marked
 * (`sla_missed_at`) and gets an event `sla_missed` and a message in the outbox, once for each promise. Works without any worker.
 */
export async function checkPromises(
  ctx: SchedulerCtx,
  input: { readonly limit?: number | undefined; readonly now?: Date | undefined } = {},
): Promise<SettledWatches> {
  return ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    return settleWatches(q, { limit: input.limit ?? 1000, now: input.now });
  });
}
