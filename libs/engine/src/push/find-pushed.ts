import {
  deploymentId,
  findJobs,
  findJobsByName,
  surveyDestination,
  type DestinationSurvey,
  type NamedJob,
  type PushJobRow,
} from '@taskflow/store';
import type { Ctx } from '../context.js';
import type { PushCtx } from './push-context.js';

/** UUID of this deployment, which is in every external name. */
export function readDeploymentId(ctx: Ctx): Promise<string> {
  return deploymentId(ctx.db);
}

/** What there is to do at the destination; undefined when it is not registered any more. */
export function surveyPush(ctx: PushCtx): Promise<DestinationSurvey | undefined> {
  return surveyDestination(ctx.db, ctx.destination);
}

/** Jobs that exist at the destination, as far as is known. */
export function trackedJobs(ctx: PushCtx): Promise<PushJobRow[]> {
  return findJobs(ctx.db, ctx.destination, ['submitted', 'running', 'missing']);
}

/** Jobs of which nobody knows whether they exist, and that are to be looked for now. */
export async function doubtfulJobs(ctx: PushCtx): Promise<PushJobRow[]> {
  return (await findJobs(ctx.db, ctx.destination, ['ambiguous'])).filter((job) => job.due);
}

/** What is known under these external names. */
export function jobsByName(ctx: PushCtx, names: readonly string[]): Promise<NamedJob[]> {
  return findJobsByName(ctx.db, ctx.destination, names);
}
