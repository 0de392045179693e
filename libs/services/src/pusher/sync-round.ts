import type { Observation } from '@taskflow/destinations';
import type { JsonObject } from '@taskflow/domain';
import {
  appendJobLog,
  applyObservations,
  endLost,
  logMarkOf,
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

const LOG_PART_BYTES = 256 * 1024;
/** Most parts of a log taken at once, so that one loud job does not hold up the others. */
const MOST_PARTS = 4;
/** A log that is longer than this is kept at the destination alone. */
const MOST_LINES = 100_000;

export type SyncTally = Omit<SyncFound, 'orphans'>;

/** Brings every job that exists in step with its destination; tells what was found. */
export async function syncRound(ctx: PushCtx, holder: Holder): Promise<SyncTally> {
  const { destination, breaker } = holder;
  const tally = { lookedAt: 0, running: 0, ended: 0, missing: 0 };
  for (const jobs of batches(await trackedJobs(ctx), destination.capabilities.maxDescribeBatch)) {
    if (!holder.isHeld()) return tally;
    let seen: Observation[];
    try {
      seen = await destination.describe(jobs.map(refOf), callSignal(holder));
    } catch (error) {
      breaker.failed(messageOf(error));
      ctx.logger.warn({ err: error, destination: destination.name }, 'the destination cannot be read');
      return { ...tally, error: messageOf(error) };
    }
    const byId = new Map(seen.map((observation) => [observation.ref.externalId, observation]));
    const observed = jobs.flatMap((job): ObservedJob[] => {
      const found = byId.get(job.external_id ?? '');
      return found === undefined || found.state === 'gone' ? [] : [{ job, seen: found }];
    });
    await takeLogs(
      ctx,
      holder,
      observed.filter(({ job }) => job.claim === null),
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
  return tally;
}

/** Reads on in the logs of jobs that do not send theirs; of ended jobs to the end, before their end is written. */
async function takeLogs(ctx: PushCtx, holder: Holder, observed: readonly ObservedJob[]): Promise<void> {
  for (const { job, seen } of observed) {
    if (!holder.isHeld()) return;
    await takeLog(ctx, holder, job, seen.terminal).catch((error: unknown) => {
      ctx.logger.warn({ err: error, job: job.external_name }, 'the log of a job cannot be read');
    });
  }
}

async function takeLog(ctx: PushCtx, holder: Holder, job: PushJobRow, ended: boolean): Promise<void> {
  const { destination } = holder;
  if (!destination.fetchLogs) return;
  let mark = logMarkOf(job);
  for (let part = 0; (ended || part < MOST_PARTS) && mark.lines < MOST_LINES; part += 1) {
    const query = { position: mark.position, maxBytes: LOG_PART_BYTES, ended };
    const chunk = await destination.fetchLogs(refOf(job), query, callSignal(holder));
    if (chunk.lines.length === 0) return;
    mark = await appendJobLog(ctx, job.id, mark, chunk);
  }
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
