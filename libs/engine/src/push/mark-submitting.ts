import type { JsonObject } from '@taskflow/domain';
import { markSubmittingRows } from '@taskflow/store';
import type { PushIdentityInput } from './claim-jobs.js';
import { claimKeyOf, makeClaimToken } from './claim-token.js';
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
  input: {
    readonly limit: number;
    readonly deploymentId: string;
    /** host:port where jobs reach the api; those without it are given nothing to claim with. */
    readonly apiAddress?: string | undefined;
  },
): Promise<MarkedSubmit[]> {
  const rows = await fenced(ctx, (q) => markSubmittingRows(q, ctx.destination, input.limit));
  if (rows.length > 0) ctx.reached('marked');
  const { apiAddress } = input;
  const key = rows.length === 0 || apiAddress === undefined ? undefined : await claimKeyOf(ctx.db);
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
    spec: withClaim(row.spec as PushSpec, apiAddress, key === undefined ? undefined : makeClaimToken(key, row.id)),
    scope: row.scope as JsonObject,
    specHash: row.spec_hash,
    tries: row.submit_tries,
  }));
}

/** The token is in no row: it is added to what is submitted alone. */
function withClaim(spec: PushSpec, address: string | undefined, token: string | undefined): PushSpec {
  if (address === undefined || token === undefined) return spec;
  return { ...spec, env: { ...spec.env, TASKFLOW_API_ADDRESS: address, TASKFLOW_CLAIM_TOKEN: token } };
}
