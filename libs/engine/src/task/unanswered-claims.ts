import { findClaimed, toLeaseRef } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { handBackClaimed } from './hand-back.js';

/** A claim that failed may have been committed: its leases would be nobody's for as long as the session lives. */
interface Unanswered {
  readonly claimId: string;
  readonly sessionIds: readonly string[];
  /** Monotonic milliseconds: until then it may still be committed by a server that has lost its client. */
  readonly until: number;
}

const WATCHED_MS = 30_000;

const claims = new WeakMap<object, Unanswered[]>();

/** Keeps a claim in mind of which the answer did not come. */
export function rememberClaim(ctx: Ctx, claimId: string, sessionIds: readonly string[]): void {
  const owner = ctx.db.origin ?? ctx.db;
  const known = claims.get(owner) ?? [];
  known.push({ claimId, sessionIds, until: ctx.clock.monotonicMs() + WATCHED_MS });
  claims.set(owner, known);
}

/** Puts back into the queue what unanswered claims took. Called before every claim; costs nothing while there are none. */
export async function settleUnanswered(ctx: Ctx): Promise<void> {
  const owner = ctx.db.origin ?? ctx.db;
  const known = claims.get(owner);
  if (known === undefined) return;
  const now = ctx.clock.monotonicMs();
  const rows = await findClaimed(
    ctx.db,
    known.flatMap((each) => each.sessionIds),
    known.map((each) => each.claimId),
  );
  await handBackClaimed(ctx, rows.map(toLeaseRef));
  const open = known.filter((each) => each.until > now);
  if (open.length > 0) claims.set(owner, open);
  else claims.delete(owner);
}
