import type { Queryable, Statement } from '../db.js';

/**
 * Forgets answers that are older than a day.
 *
 * Locks: the rows, skipping what others hold. Index: submissions_created (BRIN). Idempotent: yes. Caller: the scheduler.
 */
export const purgeAnswersStatement: Statement = {
  name: 'submission_purge_answers',
  text: `
delete from submissions
 where ctid = any (array(select ctid from submissions where created_at < statement_timestamp() - interval '1 day'
                          limit $1 for update skip locked))
returning request_id`,
};

/** How many were forgotten; as many as `limit` when there may be more. */
export async function purgeAnswers(q: Queryable, limit: number): Promise<number> {
  return (await q.query(purgeAnswersStatement, [limit])).length;
}
