import { appendClaimedLog, claimState, type ClaimedLogLine } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { jobOfClaim, type JobClaim } from './claimed-job.js';

/** What a container is to do: go on, end its work and report, or end it because it counts no more. */
export interface JobOrder {
  readonly order: 'run' | 'cancel' | 'ended';
  readonly reason?: string | undefined;
}

/** Milliseconds between beats of a container: how long a wish for its end may take to reach it. */
export const JOB_BEAT_MS = 5000;

/** Reads alone: thousands of containers may beat. @throws Unauthenticated CLAIM_TOKEN_UNKNOWN */
export async function beatPushedJob(ctx: Ctx, claim: JobClaim): Promise<JobOrder> {
  const state = await claimState(ctx.db, await jobOfClaim(ctx, claim));
  if (state === undefined || state.closed || state.claim !== claim.container) {
    return {
      order: 'ended',
      reason: state?.closed ? `it has ended as ${state.outcome ?? 'lost'}` : 'it is not its own',
    };
  }
  return state.stopping ? { order: 'cancel', reason: state.stop_reason ?? 'cancelled' } : { order: 'run' };
}

/** Stores lines of a container that holds the claim, also after its end; those of others are dropped. */
export async function appendClaimedLines(
  ctx: Ctx,
  claim: JobClaim,
  lines: readonly ClaimedLogLine[],
): Promise<{ readonly seq: string }> {
  const jobId = await jobOfClaim(ctx, claim);
  const storable = lines.map((each) => ({ ...each, line: each.line.replaceAll('\0', '\uFFFD') }));
  if (lines.length > 0) await appendClaimedLog(ctx.db, jobId, claim.container, storable);
  return { seq: lines.at(-1)?.seq ?? '0' };
}
