import { claimState, leaveUnsettled } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { announceEnds, noEnds } from '../task/announce-ends.js';
import { readCompletion, type CompletionInput, type ReadCompletion } from '../task/read-completion.js';
import { claimRefused, jobOfClaim, type JobClaim } from './claimed-job.js';
import { endPushed, type PushEnd } from './end-pushed.js';

export type JobReport = Omit<CompletionInput, 'ref'>;

/** How long the destination of a job that told its own end is watched for its word. */
const SETTLE_MS = 600_000;

/**
 * Ends an attempt by the word of its container: the same guarded write as for what a destination tells, so that of the two the first
 * stands. `duplicate`: it had ended in that way; `late`: it had ended otherwise.
 *
 * @throws Unauthenticated CLAIM_TOKEN_UNKNOWN, LeaseLost CLAIM_REFUSED for a container without the claim
 */
export async function reportPushedJob(
  ctx: Ctx,
  claim: JobClaim,
  report: JobReport,
): Promise<'accepted' | 'duplicate' | 'late'> {
  const jobId = await jobOfClaim(ctx, claim);
  const before = await claimState(ctx.db, jobId);
  if (before?.claim !== claim.container) throw claimRefused(before, claim.container);
  const read = readCompletion({ ref: { id: jobId, attempt: 0, leaseId: jobId }, ...report });
  const ends = noEnds();
  const ended = await ctx.db.tx(async (q) => {
    const written = await endPushed(q, `push:${before.destination}`, [toEnd(jobId, read)], ends);
    if (written > 0) await leaveUnsettled(q, jobId, SETTLE_MS);
    return written;
  });
  announceEnds(ctx, ends);
  if (ended > 0) return 'accepted';
  return (await claimState(ctx.db, jobId))?.outcome === read.outcome ? 'duplicate' : 'late';
}

function toEnd(jobId: string, { outcome, output, reason, message, exitCode, final }: ReadCompletion): PushEnd {
  if (outcome === 'success') return { jobId, end: 'success', output };
  const failureClass = outcome === 'failed' ? (reason === 'OOM' ? 'oom' : 'user') : outcome;
  return { jobId, end: { outcome, reason, message, exitCode, final }, failureClass };
}
