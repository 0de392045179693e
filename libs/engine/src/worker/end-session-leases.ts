import { findLocked, sessionLeases, toLeaseRef, type Queryable, type SessionLease } from '@taskflow/store';
import { noEnds, noteEnd, type Ends } from '../task/announce-ends.js';
import { writeEndings } from '../task/end-attempts.js';
import { giveBack, passPlacesOn } from '../task/hand-back.js';

export interface SessionEnd {
  readonly sessionIds: readonly string[];
  readonly actor: string;
  /**
   * `lost`: the worker is gone, and what it may have started counts as an attempt that was lost. `returned`: it is known
   * that nothing of it was started or everything stopped, so no attempt counts.
   */
  readonly as: 'lost' | 'returned';
  /** UPPER_SNAKE and text, for the history. */
  readonly reason: string;
  readonly message: string;
  readonly limit: number;
  /** Leaves those alone whose rows another transaction holds locked, instead of waiting for them. */
  readonly passOverLocked?: boolean;
}

/** Takes the leases of sessions that the caller has locked; at most `limit` of them, then `more` is true. */
export async function endSessionLeases(
  q: Queryable,
  end: SessionEnd,
): Promise<{ ends: Ends; lost: number; more: boolean }> {
  const all = await sessionLeases(q, end.sessionIds, end.limit);
  const locked = new Set(
    end.passOverLocked ? (await findLocked(q, all.map(toLeaseRef))).map((row) => row.lease_id) : [],
  );
  const leases = all.filter((lease) => !locked.has(lease.lease_id));
  const isLost = (lease: SessionLease): boolean => end.as === 'lost' && lease.started;
  const ends = noEnds();
  const written = await writeEndings(
    q,
    end.actor,
    leases.filter(isLost).map((lease) => ({ lease, outcome: 'lost', reason: end.reason, message: end.message })),
  );
  for (const row of written) noteEnd(ends, row);
  const rest = leases.filter((lease) => !isLost(lease)).map(toLeaseRef);
  await giveBack(q, { leases: rest, actor: end.actor, reason: end.reason }, ends);
  await passPlacesOn(q, ends);
  return { ends, lost: written.length, more: all.length === end.limit && leases.length > 0 };
}
