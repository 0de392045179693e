import {
  endAttempts,
  type AttemptEndRow,
  type EndedAttemptRow,
  type HeldLease,
  type LeaseRef,
  type Queryable,
} from '@taskflow/store';
import { taskSpecs } from '../definition/version-cache.js';
import { decideEnding, type UnsuccessfulEnd } from './decide-ending.js';
import { RANK_OFFSETS } from './rank-offsets.js';

/** How the attempt of a lease ended that did not succeed. */
export interface AttemptEnding extends UnsuccessfulEnd {
  readonly lease: HeldLease;
  /** W3C traceparent that the attempt ran under. */
  readonly traceParent?: string | undefined;
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
  const rows = endings.map(({ lease, traceParent, ...end }): AttemptEndRow => {
    const ref = { id: lease.id, attempt: lease.attempt, leaseId: lease.lease_id };
    const next = decideEnding(specs.get(lease.version_id), lease, end);
    return { ...ref, ...next, outcome: end.outcome, exitCode: end.exitCode, traceParent };
  });
  return endAttempts(q, inOrder(rows), { actor, rankOffsets: RANK_OFFSETS });
}

/** Sorted by instance, so that two statements over the same rows lock them in the same order. */
export function inOrder<T extends LeaseRef>(refs: readonly T[]): T[] {
  return [...refs].sort((a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
