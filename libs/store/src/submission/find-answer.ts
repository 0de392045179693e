import type { Queryable, Statement } from '../db.js';

/**
 * The answer that a request got before.
 *
 * Locks: none. Index: primary key. Idempotent: reads only. Caller: submit.
 */
export const findAnswerStatement: Statement = {
  name: 'submission_find_answer',
  text: `
select results::text as answer from submissions
 where request_id = $1 and created_at >= statement_timestamp() - interval '1 day'`,
};

/** JSON text; undefined when the request was not answered within the last day. */
export async function findAnswer(q: Queryable, requestId: string): Promise<string | undefined> {
  return (await q.query<{ answer: string }>(findAnswerStatement, [requestId]))[0]?.answer;
}
