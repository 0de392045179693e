import type { Queryable, Statement } from '../db.js';

/**
 * Keeps the answer of a request, for when it is asked again.
 *
 * Locks: the row, held since claim-request. Index: primary key. Idempotent: yes. Caller: submit, last in its transaction.
 */
export const answerRequestStatement: Statement = {
  name: 'submission_answer_request',
  text: 'update submissions set results = $2::jsonb where request_id = $1',
};

export async function answerRequest(q: Queryable, requestId: string, answer: string): Promise<void> {
  await q.query(answerRequestStatement, [requestId, answer]);
}
