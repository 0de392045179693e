import { claimJob, claimState, recordJobProgress, type ClaimedJob } from '@taskflow/store';
import type { Ctx } from '../context.js';
import type { LeasedTask } from '../task/prepare-lease.js';
import { claimRefused, jobOfClaim, type JobClaim } from './claimed-job.js';
import type { PushSpec } from './push-spec.js';

/**
 * Lets one container run the attempt of a job; the same container may ask again. From then on the attempt is running. The `leaseId` of
 * the lease is the job's id.
 *
 * @throws Unauthenticated CLAIM_TOKEN_UNKNOWN, LeaseLost CLAIM_REFUSED, InvalidInput
 */
export async function claimPushedJob(ctx: Ctx, claim: JobClaim): Promise<LeasedTask> {
  const jobId = await jobOfClaim(ctx, claim);
  const job = await ctx.db.tx(async (q) => {
    const claimed = await claimJob(q, jobId, claim.container);
    if (claimed === undefined) return undefined;
    await recordJobProgress(q, [{ id: jobId, phase: 'running', remoteStatus: claimed.remote_status ?? 'claimed' }]);
    return claimed;
  });
  if (job === undefined) throw claimRefused(await claimState(ctx.db, jobId), claim.container);
  return toLease(job);
}

/** What was written down when the attempt was claimed for its destination, not what definitions say by now. */
function toLease(job: ClaimedJob): LeasedTask {
  const { run, env, params, inputs, timeoutMs } = job.spec as PushSpec;
  return {
    sessionId: '0',
    ref: { id: job.task_instance_id, attempt: job.attempt, leaseId: job.id },
    task: job.task_name,
    versionId: job.version_id,
    workflow: job.workflow_name ?? undefined,
    workflowInstanceId: job.workflow_instance_id ?? undefined,
    nodeKey: job.node_key ?? undefined,
    handler: job.handler,
    runJson: JSON.stringify(run),
    paramsJson: JSON.stringify(params),
    inputsJson: JSON.stringify(inputs),
    timeoutMs,
    maxAttempts: Number(env['TASKFLOW_MAX_ATTEMPTS'] ?? job.attempt),
    traceParent: env['TRACEPARENT'],
    traceState: env['TRACESTATE'],
    scheduledFor: dateOf(env['TASKFLOW_SCHEDULED_FOR']),
    priority: job.priority,
  };
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
