import { InvalidInput, fieldViolation, type TaskflowError } from '@taskflow/domain';
import type {
  SubmissionInput,
  SubmissionResult,
  TaskSubmission,
  UniqueInput,
  WorkflowSubmission,
} from '@taskflow/engine';
import type * as wire from '@taskflow/proto/taskflow/v1/submissions.js';
import { readDuration } from './duration.js';

export function readTaskSubmission(request: wire.SubmitTaskRequest, path: string): TaskSubmission {
  const { task, paramsJson, priority, queue } = request;
  return {
    kind: 'task',
    task,
    paramsJson,
    priority,
    queue,
    runAt: readMoment(request.runAt, `${path}run_at`),
    expiresAt: readMoment(request.expiresAt, `${path}expires_at`),
    unique: readUnique(request.unique, path),
  };
}

export function readWorkflowSubmission(request: wire.SubmitWorkflowRequest, path: string): WorkflowSubmission {
  const { workflow, paramsJson, priority } = request;
  const runAt = readMoment(request.runAt, `${path}run_at`);
  return { kind: 'workflow', workflow, paramsJson, priority, runAt, unique: readUnique(request.unique, path) };
}

export function readSubmissions(submissions: readonly wire.Submission[]): SubmissionInput[] {
  return submissions.map(({ item }, index) => {
    const path = `submissions[${index}].`;
    switch (item?.$case) {
      case 'task':
        return readTaskSubmission(item.value, path);
      case 'workflow':
        return readWorkflowSubmission(item.value, path);
      default:
        throw InvalidInput.of('the batch', [
          fieldViolation(`submissions[${index}]`, undefined, 'a task or a workflow'),
        ]);
    }
  });
}

export function writeResult(result: SubmissionResult): wire.SubmissionResult {
  if (!('error' in result)) return { id: result.id, created: result.created, error: undefined };
  const { reason, message } = result.error;
  return { id: '', created: false, error: { reason, message, field: fieldOf(result.error) } };
}

function fieldOf(error: TaskflowError): string {
  return error instanceof InvalidInput ? (error.violations[0]?.field ?? '') : '';
}

function readUnique(unique: wire.Unique | undefined, path: string): UniqueInput | undefined {
  if (unique === undefined) return undefined;
  const { key, scope, onConflict } = unique;
  return { key, scope, onConflict, ttlMs: readDuration(unique.ttl, `${path}unique.ttl`) };
}

/** A timestamp that no Date can hold arrives as an invalid one. */
function readMoment(moment: Date | undefined, field: string): Date | undefined {
  if (moment === undefined || !Number.isNaN(moment.getTime())) return moment;
  throw InvalidInput.of('the request', [
    fieldViolation(field, 'a moment out of range', 'a moment up to the year 275760'),
  ]);
}
