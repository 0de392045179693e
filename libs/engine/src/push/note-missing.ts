import { recordMissRows, type PushJobRow } from '@taskflow/store';
import { announceEnds, noEnds } from '../task/announce-ends.js';
import { endPushed } from './end-pushed.js';
import { fenced, type PushCtx } from './push-context.js';

const LEAST_MISSES = 3;
const FRESH_MS = 60_000;

/**
 * Counts that the destination did not know these jobs. Gives those that have been missed often and long enough to be given up,
 * should looking for them by name find nothing either; a fresh job is not among them.
 */
export async function noteMissing(
  ctx: PushCtx,
  jobs: readonly PushJobRow[],
  input: { readonly lostTimeoutMs: number },
): Promise<PushJobRow[]> {
  const { lostTimeoutMs } = input;
  const old = jobs.filter((job) => Number(job.age_ms) >= Math.min(FRESH_MS, lostTimeoutMs));
  if (old.length === 0) return [];
  await fenced(ctx, (q) =>
    recordMissRows(
      q,
      old.map((job) => job.id),
    ),
  );
  return old.filter(
    (job) => job.phase === 'missing' && job.miss_count + 1 >= LEAST_MISSES && Number(job.doubt_ms) >= lostTimeoutMs,
  );
}

/** Ends jobs as lost that a healthy destination does not know by name either. */
export async function endLost(ctx: PushCtx, jobs: readonly PushJobRow[]): Promise<number> {
  if (jobs.length === 0) return 0;
  const ends = noEnds();
  const ended = await fenced(ctx, (q) =>
    endPushed(
      q,
      ctx.actor,
      jobs.map((job) => {
        const last = job.remote_status ?? 'never seen';
        const message = `The job ${job.external_name} is not known to ${ctx.destination} any more; last seen: ${last}.`;
        return { jobId: job.id, end: { outcome: 'lost', reason: 'LOST', message }, failureClass: 'lost', lost: true };
      }),
      ends,
    ),
  );
  announceEnds(ctx, ends);
  if (ended > 0) ctx.reached('ended');
  return ended;
}
