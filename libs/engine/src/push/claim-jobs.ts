import { isTaskflowError, type JsonObject } from '@taskflow/domain';
import { claimPushes, insertJobs, type ClaimedPush, type NewPushJob } from '@taskflow/store';
import { taskSpecs } from '../definition/version-cache.js';
import { announceEnds, noEnds } from '../task/announce-ends.js';
import { leaseInputs, type LeaseInputs } from '../task/lease-inputs.js';
import { endPushed, type PushEnd } from './end-pushed.js';
import { fenced, type PushCtx } from './push-context.js';
import { pushSpec, specHash, type PushSpec } from './push-spec.js';

export interface PushIdentityInput {
  readonly deploymentId: string;
  readonly taskInstanceId: string;
  readonly attempt: number;
  readonly task: string;
  readonly workflow?: string | undefined;
}

export interface ClaimJobsInput {
  /** Most instances; the destination's room bounds them too. */
  readonly limit: number;
  readonly deploymentId: string;
  /** Pure and deterministic. */
  readonly nameFor: (identity: PushIdentityInput) => string;
  /** Pure. Where a job of a valid spec goes. */
  readonly scopeFor: (spec: PushSpec) => JsonObject;
  /** Pure. What the destination could never accept. */
  readonly validate: (spec: PushSpec) => readonly { readonly field: string; readonly message: string }[];
}

/**
 * Takes ready instances for a destination and writes down what is to be submitted, in one transaction and before any call.
 * What can never be submitted fails there, alone. Gives how many were taken.
 */
export async function claimJobs(ctx: PushCtx, input: ClaimJobsInput): Promise<number> {
  const ends = noEnds();
  const taken = await fenced(ctx, async (q) => {
    const claimed = await claimPushes(q, ctx.destination, input.limit);
    if (claimed.length === 0) return 0;
    const specs = await taskSpecs(
      q,
      claimed.map((task) => task.version_id),
    );
    const inputs = await leaseInputs(q, claimed);
    const prepared = claimed.map((task) =>
      prepareJob(ctx, input, task, specs.get(task.version_id), inputs.get(task.id)),
    );
    await insertJobs(
      q,
      ctx.destination,
      ctx.epoch,
      prepared.map(({ job }) => job),
    );
    const refused = prepared.flatMap(({ job, fault }) => (fault === undefined ? [] : [refusal(job.id, fault)]));
    await endPushed(q, ctx.actor, refused, ends);
    return claimed.length;
  });
  announceEnds(ctx, ends);
  if (taken > 0) ctx.reached('claimed');
  return taken;
}

interface PreparedJob {
  readonly job: NewPushJob;
  readonly fault?: Pick<Extract<PushEnd['end'], object>, 'reason' | 'message'> | undefined;
}

function prepareJob(
  ctx: PushCtx,
  { deploymentId, nameFor, scopeFor, validate }: ClaimJobsInput,
  task: ClaimedPush,
  definition: Parameters<typeof pushSpec>[2] | undefined,
  inputs: LeaseInputs | undefined,
): PreparedJob {
  if (definition === undefined)
    throw new Error(`definition version ${task.version_id} of "${task.task_name}" is not stored`);
  const identity = {
    deploymentId,
    taskInstanceId: task.id,
    attempt: task.attempt,
    task: task.task_name,
    workflow: task.workflow_name ?? undefined,
  };
  const externalName = nameFor(identity);
  const base = { id: task.job_id, taskInstanceId: task.id, attempt: task.attempt, externalName, flags: task.flags };
  try {
    const spec = pushSpec(ctx, task, definition, inputs, { deploymentId, externalName });
    const job = { ...base, spec: JSON.stringify(spec), scope: '{}', specHash: specHash(spec) };
    const issues = validate(spec);
    if (issues.length === 0) return { job: { ...job, scope: JSON.stringify(scopeFor(spec)) } };
    const message = issues.map((issue) => `${issue.field}: ${issue.message}`).join('; ');
    return { job, fault: { reason: 'PUSH_REJECTED', message: `${ctx.destination} cannot run it: ${message}` } };
  } catch (error) {
    if (!isTaskflowError(error)) throw error;
    return {
      job: { ...base, spec: '{}', scope: '{}', specHash: '' },
      fault: { reason: 'INVALID_PARAMS', message: error.message },
    };
  }
}

function refusal(jobId: string, fault: { reason: string; message?: string | undefined }): PushEnd {
  return { jobId, end: { outcome: 'failed', final: true, ...fault }, failureClass: 'rejected' };
}
