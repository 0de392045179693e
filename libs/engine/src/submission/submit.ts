import type { Ctx } from '../context.js';
import { submitBatch } from './submit-batch.js';
import type { AcceptedSubmission, SubmissionInput, TaskSubmission, WorkflowSubmission } from './submission.js';

interface Once {
  /** Repeating a call with the same id within a day gives the first call's answer and makes nothing. */
  readonly requestId?: string | undefined;
}

/** @throws InvalidInput, NotFound (TASK_NOT_FOUND), AlreadyExists (UNIQUE_KEY_TAKEN, REQUEST_ID_REUSED) */
export function submitTask(ctx: Ctx, input: Omit<TaskSubmission, 'kind'> & Once): Promise<AcceptedSubmission> {
  const { requestId, ...submission } = input;
  return submitOne(ctx, { ...submission, kind: 'task' }, requestId);
}

/** @throws InvalidInput, NotFound (WORKFLOW_NOT_FOUND), AlreadyExists (UNIQUE_KEY_TAKEN, REQUEST_ID_REUSED) */
export function submitWorkflow(ctx: Ctx, input: Omit<WorkflowSubmission, 'kind'> & Once): Promise<AcceptedSubmission> {
  const { requestId, ...submission } = input;
  return submitOne(ctx, { ...submission, kind: 'workflow' }, requestId);
}

async function submitOne(
  ctx: Ctx,
  submission: SubmissionInput,
  requestId: string | undefined,
): Promise<AcceptedSubmission> {
  const [result] = await submitBatch(ctx, { submissions: [submission], requestId });
  if (result === undefined) throw new Error('A batch of one gave no result.');
  if ('error' in result) throw result.error;
  return result;
}
