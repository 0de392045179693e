import type { ResolvedSpec, ValidationIssue } from '../destination.js';
import { checkBatchSpec } from './batch-spec.js';

/** AWS allows 30 KiB of a request; what is around environment and command is small. */
const MOST_BYTES = 28 * 1024;

/** What of a spec AWS Batch could never run. */
export function validateSpec(
  { run, env, push, params }: ResolvedSpec,
  defaults: { readonly queue?: string | undefined; readonly jobDefinition?: string | undefined },
): ValidationIssue[] {
  const issues = checkBatchSpec(push);
  const refuse = (field: string, message: string): void => void issues.push({ field, message });
  if (push['queue'] === undefined && defaults.queue === undefined) {
    refuse('push.queue', 'is missing, and the destination has no queue of its own');
  }
  if (push['job_definition'] === undefined && defaults.jobDefinition === undefined) {
    refuse('push.job_definition', 'is missing, and the destination has no job_definition of its own');
  }
  for (const field of ['input_file', 'output_file'] as const) {
    if (run[field] !== undefined) {
      refuse(`run.${field}`, 'is for commands that a worker runs: read and write it in the command itself');
    }
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith('AWS_BATCH')) refuse(`run.env.${name}`, 'begins with AWS_BATCH, which AWS keeps for itself');
  }
  const bytes = Buffer.byteLength(JSON.stringify({ run, env, push }));
  if (bytes > MOST_BYTES) {
    const most = `${String(MOST_BYTES / 1024)} KiB`;
    const cause = Buffer.byteLength(JSON.stringify(params)) > MOST_BYTES / 4 ? ', most of it params' : '';
    refuse('run', `command and environment have ${String(bytes)} bytes${cause}; AWS Batch takes at most ${most}`);
  }
  return issues;
}
