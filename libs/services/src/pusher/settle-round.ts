import type { Observation } from '@taskflow/destinations';
import type { JsonObject } from '@taskflow/domain';
import { settleJobs, unsettledJobs, type PushCtx, type SeenEnd } from '@taskflow/engine';
import { batches, callSignal, messageOf, type Holder } from './holder.js';

/** Watches jobs that told their ends themselves until the destination tells them too. Nothing else follows from its word. */
export async function settleRound(ctx: PushCtx, holder: Holder): Promise<void> {
  const { destination } = holder;
  const waiting = await unsettledJobs(ctx);
  await settleJobs(
    ctx,
    waiting.filter((job) => job.over).map((job) => ({ job })),
  );
  const known = waiting.filter((job) => !job.over && job.external_id !== null);
  for (const jobs of batches(known, destination.capabilities.maxDescribeBatch)) {
    if (!holder.isHeld()) return;
    const refs = jobs.map((job) => ({
      externalName: job.external_name,
      externalId: job.external_id ?? '',
      scope: job.scope as JsonObject,
    }));
    let seen: Observation[];
    try {
      seen = await destination.describe(refs, callSignal(holder));
    } catch (error) {
      holder.breaker.failed(messageOf(error));
      return;
    }
    const byId = new Map(seen.map((observation) => [observation.ref.externalId, observation]));
    const ends = jobs.flatMap((job): SeenEnd[] => {
      const found = byId.get(job.external_id ?? '');
      // Where absence is no answer yet, it is asked again.
      if (found === undefined) return destination.capabilities.probe === 'asynchronous' ? [] : [{ job }];
      if (found.state === 'gone') return [{ job }];
      return found.terminal ? [{ job, seen: found }] : [];
    });
    await settleJobs(ctx, ends);
    const over = seen.filter((one) => one.terminal);
    if (over.length > 0) await destination.settled?.(over, callSignal(holder));
  }
}
