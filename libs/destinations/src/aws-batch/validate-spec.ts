import { checkRun } from '../check-fields.js';
import type { ResolvedSpec, ValidationIssue } from '../destination.js';
import { checkBatchSpec } from './batch-spec.js';

/** AWS allows 30 KiB of a request; what is around environment and command is small. */
const MOST_BYTES = 28 * 1024;

/** What of a spec AWS Batch could never run. */
export function validateSpec(
  spec: ResolvedSpec,
  defaults: { readonly queue?: string | undefined; readonly jobDefinition?: string | undefined },
): ValidationIssue[] {
  const { env, push } = spec;
  const issues = [...checkBatchSpec(push), ...checkRun(spec, MOST_BYTES, 'a job of AWS Batch')];
  const refuse = (field: string, message: string): void => void issues.push({ field, message });
  if (push['queue'] === undefined && defaults.queue === undefined) {
    refuse('push.queue', 'is missing, and the destination has no queue of its own');
  }
  if (push['job_definition'] === undefined && defaults.jobDefinition === undefined) {
    refuse('push.job_definition', 'is missing, and the destination has no job_definition of its own');
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith('AWS_BATCH')) refuse(`run.env.${name}`, 'begins with AWS_BATCH, which AWS keeps for itself');
  }
  return issues;
}
