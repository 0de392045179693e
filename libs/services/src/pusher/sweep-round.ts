import type { ExternalSummary } from '@taskflow/destinations';
import { jobsByName, type PushCtx } from '@taskflow/engine';
import type { NamedJob } from '@taskflow/store';
import { batches, callSignal, type Holder } from './holder.js';

const PAGE = 500;

/**
 * Looks through everything that exists at the destination: ends jobs of this deployment that nobody tracks, and deletes what is
 * left of those that ended long ago. Jobs of others are not touched.
 * Gives how many were told to end.
 */
export async function sweepRound(ctx: PushCtx, holder: Holder): Promise<number> {
  const { destination, deploymentId } = holder;
  if (!destination.sweep) return 0;
  let ended = 0;
  const ours: ExternalSummary[] = [];
  for await (const summary of destination.sweep(callSignal(holder))) {
    if (summary.deploymentId === deploymentId) ours.push(summary);
  }
  for (const page of batches(ours, PAGE)) {
    if (!holder.isHeld()) break;
    ended += await sweepPage(ctx, holder, page);
  }
  return ended;
}

async function sweepPage(ctx: PushCtx, holder: Holder, page: readonly ExternalSummary[]): Promise<number> {
  const { destination, config } = holder;
  const names = page.map(({ ref }) => ref.externalName);
  const known = new Map((await jobsByName(ctx, names)).map((job) => [job.external_name, job]));
  const orphans = page.filter(({ ref }) => known.get(ref.externalName)?.closed ?? true);
  const alive = [...orphans, ...page.filter((one) => isDouble(one, known.get(one.ref.externalName), holder))]
    .filter(({ terminal }) => !terminal)
    .map(({ ref }) => ref);
  if (alive.length > 0) {
    ctx.logger.warn({ destination: destination.name, jobs: alive.length }, 'jobs that nobody tracks are ended');
    await destination.cancel(alive, 'taskflow: nobody tracks it', callSignal(holder));
  }
  const left = orphans.filter(({ ref, terminal }) => {
    const closedMs = Number(known.get(ref.externalName)?.closed_ms ?? Infinity);
    return terminal && closedMs >= config.keep_finished;
  });
  if (left.length > 0) {
    await destination.cleanup?.(
      left.map(({ ref }) => ref),
      callSignal(holder),
    );
  }
  return alive.length;
}

/** A second job of an attempt that is followed under another id, and whose container is not the one that runs it. */
function isDouble({ ref }: ExternalSummary, job: NamedJob | undefined, { destination, config }: Holder): boolean {
  if (destination.capabilities.enforcesName !== 'no') return false;
  if (job === undefined || job.closed || job.external_id === null) return false;
  // Which of them runs is settled by the claim, where they can make one.
  if (job.claim === null && config.api !== undefined) return false;
  const claimant = job.claim === null ? undefined : destination.claimantOf?.(job.claim);
  return ref.externalId !== (claimant ?? job.external_id);
}
