import { findJobs, recordCancelRows, stopOverdueRows, type PushJobRow } from '@taskflow/store';
import { announceEnds, noEnds } from '../task/announce-ends.js';
import { endPushed } from './end-pushed.js';
import { fenced, type PushCtx } from './push-context.js';

/** Ends as cancelled what is to be cancelled and was not submitted. */
export async function cancelUnsent(ctx: PushCtx): Promise<number> {
  const ends = noEnds();
  const ended = await fenced(ctx, async (q) => {
    const unsent = (await findJobs(q, ctx.destination, ['intent'])).filter((job) => job.cancelled);
    const message = 'It was cancelled before it was submitted.';
    return endPushed(
      q,
      ctx.actor,
      unsent.map((job) => ({ jobId: job.id, end: { outcome: 'cancelled', reason: 'CANCELLED', message } })),
      ends,
    );
  });
  announceEnds(ctx, ends);
  return ended;
}

/** Wants the end of jobs whose time has run out; they are then stopped like cancelled ones. */
export function stopOverdue(ctx: PushCtx): Promise<number> {
  return fenced(ctx, (q) => stopOverdueRows(q, ctx.destination));
}

/** Jobs that exist and whose end is to be asked for now, for the first time or again. */
export async function jobsToStop(ctx: PushCtx): Promise<PushJobRow[]> {
  const jobs = await findJobs(ctx.db, ctx.destination, ['submitted', 'running', 'missing']);
  return jobs.filter((job) => job.stopping && job.due && job.external_id !== null);
}

/** Notes that the end of these was asked for; it is asked for again, at growing intervals, until they have ended. */
export async function recordStops(
  ctx: PushCtx,
  jobs: readonly PushJobRow[],
  input: { readonly cancelTimeoutMs: number },
): Promise<void> {
  if (jobs.length === 0) return;
  await fenced(ctx, (q) =>
    recordCancelRows(
      q,
      jobs.map((job) => job.id),
      { ...input, actor: ctx.actor },
    ),
  );
}
