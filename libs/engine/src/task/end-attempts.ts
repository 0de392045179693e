import { decideAfterAttempt } from '@taskflow/domain';
import {
  endAttempts,
  type AttemptEndRow,
  type EndedAttemptRow,
  type HeldLease,
  type LeaseRef,
  type Queryable,
} from '@taskflow/store';
import { taskSpecs } from '../definition/version-cache.js';
import { RANK_OFFSETS } from './rank-offsets.js';

/** How an attempt ended that did not succeed. */
export interface AttemptEnding {
  readonly lease: HeldLease;
  readonly outcome: 'failed' | 'cancelled' | 'lost' | 'timeout';
  /** UPPER_SNAKE. */
  readonly reason: string;
  readonly message?: string | undefined;
  readonly exitCode?: number | undefined;
  /** No attempt follows, whatever the policy says. */
  readonly final?: boolean | undefined;
}

/**
 * Writes the ends of attempts, and what follows from each: another attempt by the retry policy of its version, or the end of
 * its instance. Leases that are gone meanwhile are absent from the answer.
 */
export async function writeEndings(
  q: Queryable,
  actor: string,
  endings: readonly AttemptEnding[],
): Promise<EndedAttemptRow[]> {
  if (endings.length === 0) return [];
  const specs = await taskSpecs(
    q,
    endings.map(({ lease }) => lease.version_id),
  );
  const rows = endings.map((ending): AttemptEndRow => {
    const { lease, outcome, reason, message, exitCode } = ending;
    const ref = { id: lease.id, attempt: lease.attempt, leaseId: lease.lease_id };
    const end = { ...ref, outcome, reason, message, exitCode, delayMs: 0 };
    if (outcome === 'cancelled' || lease.cancelled) {
      const why = lease.cancelled ? (lease.cancel_reason ?? undefined) : message;
      return { ...end, nextStatus: 'cancelled', reason: 'CANCELLED', message: why, failures: 0, losses: 0 };
    }
    const counts = outcome === 'lost' ? ('loss' as const) : ('failure' as const);
    const budget = { failures: counts === 'failure' ? 1 : 0, losses: counts === 'loss' ? 1 : 0 } as const;
    const policy = specs.get(lease.version_id);
    if (policy === undefined || ending.final) return { ...end, ...budget, nextStatus: 'failed' };
    const decision = decideAfterAttempt(policy, {
      failures: lease.failures,
      losses: lease.losses,
      outcome: counts,
      reason,
      random: Math.random(),
      ...(exitCode === undefined ? {} : { exitCode }),
    });
    return decision.next === 'retry'
      ? { ...end, ...budget, nextStatus: 'retry', delayMs: decision.delayMs }
      : { ...end, ...budget, nextStatus: 'failed', reason: decision.reason };
  });
  return endAttempts(q, inOrder(rows), { actor, rankOffsets: RANK_OFFSETS });
}

/** Sorted by instance, so that two statements over the same rows lock them in the same order. */
export function inOrder<T extends LeaseRef>(refs: readonly T[]): T[] {
  return [...refs].sort((a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
