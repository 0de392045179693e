import type { ExternalRef } from '@taskflow/destinations';
import type { JsonObject } from '@taskflow/domain';
import { claimJobs, doubtfulJobs, markSubmitting, recordSubmits, type PushCtx } from '@taskflow/engine';
import { claimantAmong } from './follow-claimants.js';
import { batches, callSignal, messageOf, type Holder } from './holder.js';
import { linkFor } from './job-link.js';
import { readProbe, readSubmit } from './read-outcome.js';

const MOST_CLAIMED = 100;

/** Takes what is ready for the destination, as far as it has room. */
export async function claimRound(ctx: PushCtx, holder: Holder): Promise<number> {
  const { destination, deploymentId } = holder;
  return claimJobs(ctx, {
    limit: MOST_CLAIMED,
    deploymentId,
    nameFor: (identity) => destination.nameFor(identity),
    scopeFor: (spec) => destination.scopeFor(spec),
    validate: (spec) => destination.validate(spec),
  });
}

/** Submits what is written down and due: marked before the call, recorded after it. */
export async function submitRound(ctx: PushCtx, holder: Holder): Promise<void> {
  const { destination, deploymentId, breaker, config } = holder;
  const startTimeoutMs = config.start_timeout === 0 ? undefined : config.start_timeout;
  while (holder.isHeld() && breaker.state() === 'closed') {
    const limit = destination.capabilities.maxSubmitBatch;
    const marked = await markSubmitting(ctx, { limit, deploymentId, apiAddress: config.api });
    if (marked.length === 0) return;
    const outcomes = await destination.submit(marked, callSignal(holder)).catch((error: unknown) => {
      ctx.logger.error({ err: error, destination: destination.name }, 'a submit failed, nobody knows how far it came');
      return marked.map(() => ({ kind: 'ambiguous' as const, message: messageOf(error) }));
    });
    ctx.reached('submitted');
    const window = config.ambiguity_window;
    const results = marked.map((job, index) =>
      readSubmit(job, outcomes[index], breaker, waitBeforeProbe(holder, window), linkFor(holder)),
    );
    await recordSubmits(ctx, { results, startTimeoutMs });
  }
}

/** Looks by name for jobs of which nobody knows whether they were created. */
export async function probeRound(ctx: PushCtx, holder: Holder): Promise<void> {
  const { destination, deploymentId, breaker, config } = holder;
  for (const jobs of batches(await doubtfulJobs(ctx), destination.capabilities.maxDescribeBatch)) {
    if (!holder.isHeld()) return;
    const requests = jobs.map((job) => ({
      externalName: job.external_name,
      scope: job.scope as JsonObject,
      specHash: job.spec_hash,
      identity: {
        deploymentId,
        taskInstanceId: job.task_instance_id,
        attempt: job.attempt,
        task: job.task_name,
        workflow: job.workflow_name ?? undefined,
      },
    }));
    const outcomes = await destination.probe(requests, callSignal(holder)).catch((error: unknown) => {
      breaker.failed(messageOf(error));
      return jobs.map(() => ({ kind: 'unknown' as const, message: messageOf(error) }));
    });
    const duplicates: ExternalRef[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const job = jobs[index];
      if (outcome.kind !== 'found' || job === undefined) continue;
      const all = [outcome.observation.ref, ...(outcome.duplicates ?? [])];
      const kept = claimantAmong(destination, job, all) ?? outcome.observation.ref;
      duplicates.push(...all.filter((ref) => ref !== kept));
      outcomes[index] = { kind: 'found', observation: { ...outcome.observation, ref: kept } };
    }
    if (duplicates.length > 0) await destination.cancel(duplicates, 'taskflow: duplicate', callSignal(holder));
    const results = jobs.map((job, index) => readProbe(job, outcomes[index], config.ambiguity_window, linkFor(holder)));
    await recordSubmits(ctx, { results });
  }
}

/** Where a look by name is certain, there is nothing to wait for. */
function waitBeforeProbe({ destination }: Holder, window: number): number {
  return destination.capabilities.probe === 'definitive' ? 0 : window;
}
