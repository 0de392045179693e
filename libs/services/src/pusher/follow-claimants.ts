import { claimsOf, repointJobs, type ObservedJob, type PushCtx } from '@taskflow/engine';
import type { ExternalRef, PushDestination } from '@taskflow/destinations';
import type { PushJobRow } from '@taskflow/store';
import type { Holder } from './holder.js';
import { linkFor } from './job-link.js';
import { refOf } from './read-outcome.js';

/** The exit code of `taskflow run-task` in a container that may not run its attempt. */
const SUPERSEDED = 86;

/**
 * Jobs whose containers gave way to another one are not over: the external job of that one is followed from now on. Gives the others.
 */
export async function followClaimants(
  ctx: PushCtx,
  holder: Holder,
  observed: readonly ObservedJob[],
): Promise<ObservedJob[]> {
  const { destination } = holder;
  const gaveWay = observed.filter(({ seen }) => seen.terminal && seen.exitCode === SUPERSEDED);
  if (gaveWay.length === 0 || !destination.claimantOf) return [...observed];
  // Read anew: the claim may be younger than the row.
  const claims = await claimsOf(
    ctx,
    gaveWay.map(({ job }) => job.id),
  );
  const link = linkFor(holder);
  const moves = gaveWay.flatMap(({ job }) => {
    const claim = claims.get(job.id);
    const toId = claim === undefined ? undefined : destination.claimantOf?.(claim);
    if (claim === undefined || toId === undefined || toId === job.external_id || job.external_id === null) return [];
    return [{ id: job.id, fromId: job.external_id, toId, claim, link: link?.({ ...refOf(job), externalId: toId }) }];
  });
  await repointJobs(ctx, moves);
  const moved = new Set(moves.map(({ id }) => id));
  return observed.filter(({ job }) => !moved.has(job.id));
}

/** Of several external jobs of one name, the one that runs the attempt; undefined where none has said so. */
export function claimantAmong(
  destination: PushDestination,
  { claim }: Pick<PushJobRow, 'claim'>,
  refs: readonly ExternalRef[],
): ExternalRef | undefined {
  const id = claim === null ? undefined : destination.claimantOf?.(claim);
  return id === undefined ? undefined : refs.find((ref) => ref.externalId === id);
}
