import { recordJobProgress, type JobProgress, type PushJobRow } from '@taskflow/store';
import { announceEnds, noEnds } from '../task/announce-ends.js';
import { endPushed } from './end-pushed.js';
import { observedEnd, type JobObservation } from './observed-end.js';
import { fenced, type PushCtx } from './push-context.js';

export interface ObservedJob {
  readonly job: PushJobRow;
  readonly seen: JobObservation;
}

/**
 * Brings jobs in step with what was observed of them; writes only what has changed. Ends are applied once, whoever observes
 * them how often: the first one that is written stands. Gives how many jobs have ended now.
 */
export async function applyObservations(ctx: PushCtx, observed: readonly ObservedJob[]): Promise<number> {
  const over = observed.filter(({ seen }) => seen.terminal).map(({ job, seen }) => observedEnd(job.id, seen));
  const progress = observed.flatMap(({ job, seen }) => progressOf(job, seen));
  if (over.length === 0 && progress.length === 0) return 0;
  ctx.reached('observed');
  const ends = noEnds();
  const ended = await fenced(ctx, async (q) => {
    if (progress.length > 0) await recordJobProgress(q, progress);
    return endPushed(q, ctx.actor, over, ends);
  });
  announceEnds(ctx, ends);
  if (ended > 0) ctx.reached('ended');
  return ended;
}

function progressOf(job: PushJobRow, seen: JobObservation): JobProgress[] {
  if (seen.terminal) return [];
  const phase = seen.state === 'running' || job.phase === 'running' ? 'running' : 'submitted';
  if (phase === job.phase && seen.remoteStatus === job.remote_status) return [];
  return [{ id: job.id, phase, remoteStatus: seen.remoteStatus, startedAt: seen.startedAt }];
}
