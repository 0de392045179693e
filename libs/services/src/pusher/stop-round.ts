import type { CancelOutcome } from '@taskflow/destinations';
import { cancelUnsent, jobsToStop, recordStops, stopOverdue, type PushCtx } from '@taskflow/engine';
import { batches, callSignal, messageOf, type Holder } from './holder.js';
import { refOf } from './read-outcome.js';

/** Ends what is to be ended: at once where nothing was submitted, else by asking the destination until it is so. */
export async function stopRound(ctx: PushCtx, holder: Holder): Promise<void> {
  const { destination, config, breaker } = holder;
  await stopOverdue(ctx);
  await cancelUnsent(ctx);
  for (const jobs of batches(await jobsToStop(ctx), destination.capabilities.maxDescribeBatch)) {
    if (!holder.isHeld()) return;
    for (const [reason, group] of Map.groupBy(jobs, (job) => job.stop_reason ?? 'cancelled')) {
      const outcomes = await destination
        .cancel(group.map(refOf), `taskflow: ${reason}`, callSignal(holder))
        .catch((error: unknown): CancelOutcome[] => [{ kind: 'unavailable', message: messageOf(error) }]);
      for (const outcome of outcomes) {
        if (outcome.kind === 'unavailable') breaker.failed(outcome.message);
      }
    }
    await recordStops(ctx, jobs, { cancelTimeoutMs: config.cancel_timeout });
  }
}
