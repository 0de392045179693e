import type { JsonObject } from '@taskflow/domain';
import { markSubmittingRows } from '@taskflow/store';
import type { PushIdentityInput } from './claim-jobs.js';
import { fenced, type PushCtx } from './push-context.js';
import type { PushSpec } from './push-spec.js';

/** A job for which a call may be under way from now on. */
export interface MarkedSubmit {
  readonly jobId: string;
  readonly externalName: string;
  readonly identity: PushIdentityInput;
  readonly spec: PushSpec;
  readonly scope: JsonObject;
  readonly specHash: string;
  /** From 1. */
  readonly tries: number;
}

/** The next jobs to submit, marked and committed: after this, only asking the destination tells whether they exist. */
export async function markSubmitting(
  ctx: PushCtx,
  input: { readonly limit: number; readonly deploymentId: string },
): Promise<MarkedSubmit[]> {
  const rows = await fenced(ctx, (q) => markSubmittingRows(q, ctx.destination, input.limit));
  if (rows.length > 0) ctx.reached('marked');
  return rows.map((row) => ({
    jobId: row.id,
    externalName: row.external_name,
    identity: {
      deploymentId: input.deploymentId,
      taskInstanceId: row.task_instance_id,
      attempt: row.attempt,
      task: row.task_name,
      workflow: row.workflow_name ?? undefined,
    },
    spec: row.spec as PushSpec,
    scope: row.scope as JsonObject,
    specHash: row.spec_hash,
    tries: row.submit_tries,
  }));
}
