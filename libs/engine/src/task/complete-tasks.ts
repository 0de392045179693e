import {
  complete,
  findEnded,
  loadLeases,
  toLeaseRef,
  waitForDisk,
  type CompletedRow,
  type EndedAttemptRow,
  type LeaseRef,
  type Queryable,
} from '@taskflow/store';
import type { Ctx } from '../context.js';
import { admitBlocked } from '../limit/admit-blocked.js';
import { announceEnds, noEnds, noteEnd } from './announce-ends.js';
import { inOrder, writeEndings, type AttemptEnding } from './end-attempts.js';
import { readCompletion, type CompletionInput, type ReadCompletion } from './read-completion.js';

export interface CompletionAck {
  readonly ref: LeaseRef;
  /**
   * `accepted`: recorded now. `duplicate`: it was recorded before. `fenced`: the lease was no longer valid, the result is
   * dropped. `refused`: the result itself was no good, the attempt was ended as failed for that.
   */
  readonly result: 'accepted' | 'duplicate' | 'fenced' | 'refused';
  readonly message?: string | undefined;
}

const FENCED = 'The lease had ended: the attempt was taken back, timed out or lost. Its result is dropped.';

/**
 * Records the ends of attempts, of any number of workers at once: successes in one statement, everything else in two more.
 * Each statement commits for itself and is guarded by the fencing tokens, so a call whose answer was lost can be repeated:
 * what it had recorded is then a duplicate. Acks are in the order of the completions.
 *
 * @throws Unavailable (ROWS_LOCKED) when somebody else keeps rows of some of them locked; lockedLeases tells which
 */
export async function completeTasks(
  ctx: Ctx,
  input: { readonly completions: readonly CompletionInput[] },
): Promise<CompletionAck[]> {
  const byLease = new Map<string, ReadCompletion>();
  for (const each of input.completions)
    if (!byLease.has(keyOf(each.ref))) byLease.set(keyOf(each.ref), readCompletion(each));
  const reads = [...byLease.values()];
  const done = new Set<string>();
  const ends = noEnds();
  const note = (row: CompletedRow | EndedAttemptRow): void => {
    done.add(`${row.id}/${row.lease_id}`);
    noteEnd(ends, row);
  };

  const successes = reads.filter((read) => read.outcome === 'success');
  if (successes.length > 0) {
    const rows = inOrder(successes.map(({ ref, output, traceParent }) => ({ ...ref, output, traceParent })));
    for (const row of await complete(ctx.db, await withoutRepeats(ctx.db, rows))) note(row);
  }
  // Of these the scheduler was told with the commit, which has not waited for the disk.
  const relaxed = ends.ofWorkflow;
  ends.ofWorkflow = false;
  const others = reads.filter((read) => read.outcome !== 'success');
  if (others.length > 0) for (const row of await endOthers(ctx, others)) note(row);
  if (ends.limitKeys.size > 0) {
    const admitted = await ctx.db.tx((q) => admitBlocked(q, [...ends.limitKeys]));
    for (const lane of admitted.laneIds) ends.lanes.add(lane);
  }
  if (relaxed) await waitForDisk(ctx.db);
  announceEnds(ctx, ends);

  const missing = reads.filter((read) => !done.has(ownKey(read.ref)));
  const earlier = missing.length > 0 ? await recordedBefore(ctx.db, missing) : new Set<string>();
  if (earlier.size > 0) await waitForDisk(ctx.db);
  const answered = new Set<string>();
  return input.completions.map(({ ref }) => {
    const again = answered.has(keyOf(ref));
    answered.add(keyOf(ref));
    if (earlier.has(ref.leaseId)) return { ref, result: 'duplicate' };
    if (!done.has(ownKey(ref))) return { ref, result: 'fenced', message: FENCED };
    const refused = byLease.get(keyOf(ref))?.refused;
    if (refused !== undefined) return { ref, result: 'refused', message: refused };
    return { ref, result: again ? 'duplicate' : 'accepted' };
  });
}

/** Of several leases of one instance one can be valid. */
async function withoutRepeats<T extends LeaseRef>(q: Queryable, sorted: readonly T[]): Promise<readonly T[]> {
  const repeats = (row: T, at: number): boolean => sorted[at - 1]?.id === row.id || sorted[at + 1]?.id === row.id;
  const repeated = sorted.filter(repeats);
  if (repeated.length === 0) return sorted;
  const valid = new Set((await loadLeases(q, repeated)).map((lease) => keyOf(toLeaseRef(lease))));
  return sorted.filter((row, at) => !repeats(row, at) || valid.has(keyOf(row)));
}

async function endOthers(ctx: Ctx, others: readonly ReadCompletion[]): Promise<EndedAttemptRow[]> {
  const byLease = new Map(others.map((read) => [read.ref.leaseId, read]));
  const leases = await loadLeases(
    ctx.db,
    others.map((read) => read.ref),
  );
  const endings = leases.flatMap((lease): AttemptEnding[] => {
    const read = byLease.get(lease.lease_id);
    if (read === undefined || read.outcome === 'success') return [];
    const { outcome, reason, message, exitCode, final, traceParent } = read;
    return [{ lease, outcome, reason, message, exitCode, final, traceParent }];
  });
  return writeEndings(ctx.db, ctx.actor, endings);
}

/** An attempt that was taken from its worker (lost, timed out) has another outcome than the worker tells. */
async function recordedBefore(q: Queryable, reads: readonly ReadCompletion[]): Promise<Set<string>> {
  const told = new Map(reads.map((read) => [read.ref.leaseId, read.outcome]));
  const ended = await findEnded(
    q,
    reads.map((read) => read.ref),
  );
  return new Set(ended.filter((row) => row.outcome === told.get(row.lease_id)).map((row) => row.lease_id));
}

/** What a row that was written is known by. */
function ownKey({ id, leaseId }: LeaseRef): string {
  return `${id}/${leaseId}`;
}

function keyOf({ id, attempt, leaseId }: LeaseRef): string {
  return `${id}/${attempt}/${leaseId}`;
}
