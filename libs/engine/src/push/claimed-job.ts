import { fieldViolation, InvalidInput, LeaseLost } from '@taskflow/domain';
import type { ClaimState } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { claimKeyOf, readClaimToken } from './claim-token.js';

/** With what a container comes. */
export interface JobClaim {
  readonly token: string;
  /** `KIND:ID` or `KIND:ID:RUN`; the same after a restart of the same container. */
  readonly container: string;
}

const CONTAINER = /^[a-z][a-z0-9_-]{0,31}:[^:\s\0]{1,256}(:\d{1,6})?$/;

/** The job of a claim. @throws Unauthenticated, InvalidInput */
export async function jobOfClaim(ctx: Ctx, { token, container }: JobClaim): Promise<string> {
  const jobId = readClaimToken(await claimKeyOf(ctx.db), token);
  if (CONTAINER.test(container)) return jobId;
  throw InvalidInput.of('the claim', [
    fieldViolation('claim.container', container, 'KIND:ID or KIND:ID:RUN, as batch:JOB_ID:1 or k8s:POD_UID'),
  ]);
}

/** Why a container may not run, or go on with, a job. */
export function claimRefused(state: ClaimState | undefined, container: string): LeaseLost {
  return new LeaseLost(refusal(state, container), { reason: 'CLAIM_REFUSED' });
}

function refusal(state: ClaimState | undefined, container: string): string {
  if (state === undefined) return 'This job is not known any more; its container must not run it.';
  const job = `the job ${state.external_name}`;
  if (state.closed)
    return `The attempt of ${job} has ended as ${state.outcome ?? 'lost'}; nothing is to be run for it.`;
  if (state.claim !== null && state.claim !== container)
    return `Another container, ${state.claim}, runs ${job}; this one must not.`;
  return `The end of ${job} was asked for (${state.stop_reason ?? 'cancelled'}); it is not to be started.`;
}
