import type { Queryable, Statement } from '../db.js';

/**
 * Marks a request id as being answered by this transaction. An answer is kept for a day.
 *
 * Locks: the row; waits for a transaction that is answering the same request. Index: primary key. Idempotent: a request that
 * was answered is absent from the answer. Caller: submit, first in its transaction.
 */
export const claimRequestStatement: Statement = {
  name: 'submission_claim_request',
  text: `
insert into submissions as s (request_id, results) values ($1, 'null')
on conflict (request_id) do update set results = 'null', created_at = clock_timestamp()
 where s.created_at < clock_timestamp() - interval '1 day'
returning s.request_id`,
};

export async function claimRequest(q: Queryable, requestId: string): Promise<boolean> {
  return (await q.query(claimRequestStatement, [requestId])).length > 0;
}
