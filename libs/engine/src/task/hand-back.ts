import { loadLeases, returnLeases, toLeaseRef, type LeaseRef, type Queryable } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { admitBlocked } from '../limit/admit-blocked.js';
import { announceEnds, noEnds, noteEnd, type Ends } from './announce-ends.js';
import { inOrder, writeEndings } from './end-attempts.js';
import { RANK_OFFSETS } from './rank-offsets.js';

export interface HandBackInput {
  readonly sessionId: string;
  readonly leases: readonly LeaseRef[];
}

/**
 * Puts leases that a worker has not started back into the queue where they stood; no attempt is counted. One whose end was
 * asked for ends as cancelled instead. Leases that are not this session's any more are left alone, so it can be repeated.
 */
export async function handBack(ctx: Ctx, input: HandBackInput): Promise<{ readonly returned: readonly LeaseRef[] }> {
  const ends = noEnds();
  const returned = await ctx.db.tx((q) => giveBack(q, { ...input, actor: ctx.actor, reason: 'HANDED_BACK' }, ends));
  announceEnds(ctx, ends);
  return { returned };
}

export interface GiveBackInput {
  readonly leases: readonly LeaseRef[];
  readonly sessionId?: string | undefined;
  readonly actor: string;
  /** UPPER_SNAKE. */
  readonly reason: string;
}

/** The same within the caller's transaction; what changed is added to `ends`. */
export async function giveBack(q: Queryable, input: GiveBackInput, ends: Ends): Promise<LeaseRef[]> {
  if (input.leases.length === 0) return [];
  const rows = await returnLeases(q, { ...input, leases: inOrder(input.leases), rankOffsets: RANK_OFFSETS });
  for (const row of rows) ends.lanes.add(row.lane_id);
  const back = new Set(rows.map((row) => row.lease_id));
  const left = input.leases.filter((ref) => !back.has(ref.leaseId));
  if (left.length > 0) {
    const held = await loadLeases(q, left);
    const cancelled = held.filter(
      (lease) => lease.cancelled && (input.sessionId === undefined || lease.session_id === input.sessionId),
    );
    const ended = await writeEndings(
      q,
      input.actor,
      cancelled.map((lease) => ({ lease, outcome: 'cancelled', reason: 'CANCELLED' })),
    );
    for (const row of ended) noteEnd(ends, row);
    await passPlacesOn(q, ends);
  }
  return rows.map(toLeaseRef);
}

/** Gives the places that became free to who waits for them, in the same transaction. */
export async function passPlacesOn(q: Queryable, ends: Ends): Promise<void> {
  if (ends.limitKeys.size === 0) return;
  for (const lane of (await admitBlocked(q, [...ends.limitKeys])).laneIds) ends.lanes.add(lane);
  ends.limitKeys.clear();
}

/** Gives back leases that were claimed and never reached their worker. */
export async function handBackClaimed(ctx: Ctx, leases: readonly LeaseRef[]): Promise<void> {
  if (leases.length === 0) return;
  const ends = noEnds();
  await ctx.db.tx((q) => giveBack(q, { leases, actor: ctx.actor, reason: 'NOT_DELIVERED' }, ends));
  announceEnds(ctx, ends);
}
