import { submitBatch, submitTask, submitWorkflow } from '@taskflow/engine';
import type { SubmissionServiceService } from '@taskflow/proto/taskflow/v1/submissions.js';
import type { Handlers } from '@taskflow/rpc/server';
import type { ApiContext } from '../context.js';
import { readSubmissions, readTaskSubmission, readWorkflowSubmission, writeResult } from '../message/submission.js';
import { submitStream } from './submit-stream.js';

export function submissionHandlers({ ctx }: ApiContext): Handlers<typeof SubmissionServiceService> {
  return {
    async submitTask(request, call) {
      const { requestId } = request;
      return submitTask(ctx(call), { ...readTaskSubmission(request, ''), requestId });
    },
    async submitWorkflow(request, call) {
      const { requestId } = request;
      return submitWorkflow(ctx(call), { ...readWorkflowSubmission(request, ''), requestId });
    },
    async submitBatch(request, call) {
      const submissions = readSubmissions(request.submissions);
      const results = await submitBatch(ctx(call), { submissions, requestId: request.requestId });
      return { results: results.map(writeResult) };
    },
    submitStream: (requests, call) => submitStream(ctx(call), requests),
  };
}
