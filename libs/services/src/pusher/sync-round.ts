import type { JsonObject } from '@taskflow/domain';
import {
  applyObservations,
  endLost,
  noteMissing,
  trackedJobs,
  type ObservedJob,
  type PushCtx,
  type SyncFound,
} from '@taskflow/engine';
import type { PushJobRow } from '@taskflow/store';
import { followClaimants } from './follow-claimants.js';
import { batches, callSignal, messageOf, type Holder } from './holder.js';
import { refOf } from './read-outcome.js';

/** Most ends that are written at once. */
const MOST_WRITTEN = 500;

export type SyncTally = Omit<SyncFound, 'orphans'>;

/** Brings every job that exists in step with its destination; tells what was found. */
export async function syncRound(ctx: PushCtx, holder: Holder): Promise<SyncTally> {
  const { destination, breaker, logs } = holder;
  const tally = { lookedAt: 0, running: 0, ended: 0, missing: 0 };
  const tracked = await trackedJobs(ctx);
  const unreadable = (error: unknown): SyncTally => {
    breaker.failed(messageOf(error));
    ctx.logger.warn({ err: error, destination: destination.name }, 'the destination cannot be read');
    return { ...tally, error: messageOf(error) };
  };
  const changed = await changedOf(holder, tracked).catch((error: unknown) => error as Error);
  if (changed instanceof Error) return unreadable(changed);
  const ids = new Set(changed.map((job) => job.id));
  const same = tracked.filter((job) => !ids.has(job.id));
  tally.lookedAt = same.length;
  tally.running = same.filter((job) => job.phase === 'running').length;
  logs.begin();
  for (const jobs of batches(changed, Math.min(destination.capabilities.maxDescribeBatch, MOST_WRITTEN))) {
    if (!holder.isHeld()) return tally;
    const seen = await destination
      .describe(jobs.map(refOf), callSignal(holder))
      .catch((error: unknown) => error as Error);
    if (seen instanceof Error) return unreadable(seen);
    const byId = new Map(seen.map((observation) => [observation.ref.externalId, observation]));
    const observed = jobs.flatMap((job): ObservedJob[] => {
      const found = byId.get(job.external_id ?? '');
      return found === undefined || found.state === 'gone' ? [] : [{ job, seen: found }];
    });
    await logs.ofEnded(
      ctx,
      holder,
      observed.flatMap(({ job, seen: { terminal } }) => (terminal && job.claim === null ? [job] : [])),
    );
    tally.ended += await applyObservations(ctx, await followClaimants(ctx, holder, observed));
    const ends = seen.filter((one) => one.terminal);
    // A destination that is not told tells the end again.
    if (ends.length > 0) await destination.settled?.(ends, callSignal(holder));
    const known = new Set(observed.map(({ job }) => job.id));
    const missing = jobs.filter((job) => !known.has(job.id));
    tally.lookedAt += jobs.length;
    tally.running += observed.filter(({ seen: { state } }) => state === 'running').length;
    tally.missing += missing.length;
    await giveUpMissing(ctx, holder, missing);
  }
  await logs.ofOthers(
    ctx,
    holder,
    // The others send theirs themselves.
    tracked.filter((job) => job.phase === 'running' && job.claim === null),
  );
  return tally;
}

/** What is to be described: all of them, where nothing tells which have changed. */
async function changedOf(holder: Holder, tracked: PushJobRow[]): Promise<PushJobRow[]> {
  const { destination } = holder;
  if (!destination.changed || tracked.length === 0) return tracked;
  const jobs = tracked.map((job) => ({
    ref: refOf(job),
    remoteStatus: job.phase === 'missing' ? undefined : (job.remote_status ?? undefined),
  }));
  const changed = await destination.changed(jobs, callSignal(holder));
  const ids = new Set(changed.map((ref) => ref.externalId));
  return tracked.filter((job) => ids.has(job.external_id ?? ''));
}

/** Gives up jobs that were missed for long, when the destination is well and does not know them by name either. */
async function giveUpMissing(ctx: PushCtx, holder: Holder, missing: readonly PushJobRow[]): Promise<void> {
  const { destination, deploymentId, config } = holder;
  if (missing.length === 0) return;
  const candidates = await noteMissing(ctx, missing, { lostTimeoutMs: config.lost_timeout });
  if (candidates.length === 0 || !(await destination.health()).ok) return;
  const probed = await destination.probe(
    candidates.map((job) => ({
      externalName: job.external_name,
      scope: job.scope as JsonObject,
      specHash: job.spec_hash,
      identity: { deploymentId, taskInstanceId: job.task_instance_id, attempt: job.attempt, task: job.task_name },
    })),
    callSignal(holder),
  );
  // Under its name there may be another object by now: that one is not ours to follow, and ours is gone.
  const isGone = (index: number, job: PushJobRow): boolean => {
    const outcome = probed[index];
    if (outcome?.kind === 'found') return outcome.observation.ref.externalId !== job.external_id;
    return outcome?.kind === 'absent' || outcome?.kind === 'foreign';
  };
  await endLost(
    ctx,
    candidates.filter((job, index) => isGone(index, job)),
  );
}
