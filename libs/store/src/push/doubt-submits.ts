import type { Queryable, Statement } from '../db.js';

/**
 * Submits that were under way when a destination changed hands, or that could not be recorded: whether they arrived nobody
 * knows.
 *
 * Locks: the rows. Index: push_jobs_open. Idempotent: guarded by the phase. Caller: holdDestination in the transaction that
 * takes the destination; doubtMarked.
 */
export const doubtSubmitsStatement: Statement = {
  name: 'push_doubt_submits',
  text: `
update push_jobs
   set phase = 'ambiguous', ambiguous_since = clock_timestamp(), miss_count = 0, next_action_at = clock_timestamp()
 where destination = $1 and phase = 'submitting'`,
};

export async function doubtSubmits(q: Queryable, destination: string): Promise<void> {
  await q.query(doubtSubmitsStatement, [destination]);
}
