import { findUnsettled, settleJobRows, type UnsettledJob } from '@taskflow/store';
import { observedEnd, type JobObservation } from './observed-end.js';
import { fenced, type PushCtx } from './push-context.js';

/** Jobs whose containers have told their ends, and of which the destination has not. */
export function unsettledJobs(ctx: PushCtx): Promise<UnsettledJob[]> {
  return findUnsettled(ctx.db, ctx.destination);
}

export interface SeenEnd {
  readonly job: UnsettledJob;
  /** Absent where the destination does not know it any more, or was watched for long enough. */
  readonly seen?: JobObservation | undefined;
}

/** Notes what destinations told of jobs that have ended already; where that contradicts, an event says so, and the end stands. */
export async function settleJobs(ctx: PushCtx, ends: readonly SeenEnd[]): Promise<void> {
  if (ends.length === 0) return;
  const rows = ends.map(({ job: { id }, seen }) => {
    if (seen === undefined) return { id };
    const { end, remoteStatus, finishedAt } = observedEnd(id, seen);
    return { id, remoteStatus, finishedAt, outcome: end === 'success' ? 'success' : end.outcome };
  });
  await fenced(ctx, (q) => settleJobRows(q, rows, ctx.actor));
}
