import { endJobs, lockJobs, type JobEndRow, type LockedJob, type Queryable } from '@taskflow/store';
import { taskSpecs } from '../definition/version-cache.js';
import { noteEnd, type Ends } from '../task/announce-ends.js';
import { decideEnding, type UnsuccessfulEnd } from '../task/decide-ending.js';
import { passPlacesOn } from '../task/hand-back.js';
import { RANK_OFFSETS } from '../task/rank-offsets.js';

/** How a pushed job ended, as its destination or the protocol tells. */
export interface PushEnd {
  readonly jobId: string;
  /** `success`, or how it did not succeed. */
  readonly end: 'success' | UnsuccessfulEnd;
  /** JSON text; of a success. */
  readonly output?: string | undefined;
  readonly failureClass?: string | undefined;
  readonly remoteStatus?: string | undefined;
  readonly signal?: number | undefined;
  readonly startedAt?: Date | undefined;
  readonly finishedAt?: Date | undefined;
  /** The destination does not know the job any more. */
  readonly lost?: boolean | undefined;
}

/**
 * Ends jobs and their attempts in the caller's transaction, which is fenced; what changed is added to `ends`. A job that has
 * ended already is left as it is. Gives how many were ended now.
 */
export async function endPushed(
  q: Queryable,
  actor: string,
  pushEnds: readonly PushEnd[],
  ends: Ends,
): Promise<number> {
  if (pushEnds.length === 0) return 0;
  const byId = new Map(pushEnds.map((end) => [end.jobId, end]));
  const jobs = await lockJobs(q, [...byId.keys()]);
  const specs = await taskSpecs(
    q,
    jobs.map((job) => job.version_id),
  );
  const rows = jobs.flatMap((job): JobEndRow[] => {
    const end = byId.get(job.id);
    return end === undefined ? [] : [toRow(job, end, specs.get(job.version_id))];
  });
  const written = await endJobs(q, rows, { actor, rankOffsets: RANK_OFFSETS });
  for (const row of written) noteEnd(ends, row);
  const now = new Set(written.map(({ id }) => id));
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  for (const job of jobs) {
    const end = rowOf.get(job.id);
    if (end !== undefined && now.has(job.task_instance_id)) ends.jobs.set(job.id, { job, end });
  }
  await passPlacesOn(q, ends);
  return written.length;
}

function toRow(job: LockedJob, given: PushEnd, policy: Parameters<typeof decideEnding>[0]): JobEndRow {
  const { output, failureClass, remoteStatus, signal, startedAt, finishedAt } = given;
  const remote = { remoteStatus, signal, startedAt, finishedAt };
  const base = { id: job.id, phase: given.lost ? ('lost_final' as const) : ('done' as const), ...remote };
  if (given.end === 'success') {
    const nothing = { delayMs: 0, failures: 0, losses: 0 } as const;
    return { ...base, ...nothing, outcome: 'success', nextStatus: 'success', exitCode: 0, output };
  }
  const end = overTime(job, given.end);
  const next = decideEnding(policy, job, end);
  const outcome = next.nextStatus === 'cancelled' ? 'cancelled' : end.outcome;
  const shownClass = outcome === 'cancelled' ? 'cancelled' : (job.failure_class ?? failureClass);
  return { ...base, ...next, outcome, exitCode: end.exitCode, failureClass: shownClass };
}

/** One that was stopped because its time had run out did not fail by itself. */
function overTime(job: LockedJob, end: UnsuccessfulEnd): UnsuccessfulEnd {
  const said = end.message === undefined ? '' : ` It ended with: ${end.message}`;
  if (job.failure_class === 'timeout') {
    return { ...end, outcome: 'timeout', reason: 'TIMEOUT', message: `It ran for longer than its timeout.${said}` };
  }
  if (job.failure_class === 'capacity') {
    const message = `It was accepted, and not started within the destination's start_timeout.${said}`;
    return { ...end, outcome: 'lost', reason: 'NOT_STARTED', message };
  }
  return end;
}
