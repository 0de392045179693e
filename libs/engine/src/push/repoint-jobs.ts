import { claimState, repointJobRows, type Repointing } from '@taskflow/store';
import { fenced, type PushCtx } from './push-context.js';

/** Follows the external jobs whose containers hold the claims, instead of those that lost. Gives how many it moved. */
export async function repointJobs(ctx: PushCtx, moves: readonly Repointing[]): Promise<number> {
  if (moves.length === 0) return 0;
  return fenced(ctx, (q) => repointJobRows(q, moves, ctx.actor));
}

/** By job: the container that runs each, as of now; those without one are absent. */
export async function claimsOf(ctx: PushCtx, jobIds: readonly string[]): Promise<Map<string, string>> {
  const claims = new Map<string, string>();
  for (const id of jobIds) {
    const claim = (await claimState(ctx.db, id))?.claim;
    if (typeof claim === 'string') claims.set(id, claim);
  }
  return claims;
}
