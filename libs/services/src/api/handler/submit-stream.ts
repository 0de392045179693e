import { submitBatch, type Ctx } from '@taskflow/engine';
import type {
  RefusedSubmission,
  SubmitStreamRequest,
  SubmitStreamResponse,
} from '@taskflow/proto/taskflow/v1/submissions.js';
import { readSubmissions, writeResult } from '../message/submission.js';

const MOST_REFUSALS = 1000;

/** Submits each message of the stream in a transaction of its own, no faster than the database takes them. */
export async function submitStream(
  ctx: Ctx,
  requests: AsyncIterable<SubmitStreamRequest>,
): Promise<SubmitStreamResponse> {
  const refusals: RefusedSubmission[] = [];
  let accepted = 0n;
  let refused = 0n;
  for await (const request of requests) {
    if (request.submissions.length === 0) continue;
    const results = await submitBatch(ctx, { submissions: readSubmissions(request.submissions) });
    for (const { error } of results.map(writeResult)) {
      if (error === undefined) {
        accepted += 1n;
        continue;
      }
      if (refusals.length < MOST_REFUSALS) refusals.push({ index: accepted + refused, error });
      refused += 1n;
    }
  }
  return { accepted, refused, refusals };
}
