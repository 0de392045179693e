import type { Queryable, Statement } from '../db.js';

/**
 * Counts that a destination did not know jobs which it should.
 *
 * Locks: the rows. Index: primary key. Idempotent: no; it counts, and nothing follows from a single count.
 * Caller: recordMisses under its fence.
 */
export const recordMissesStatement: Statement = {
  name: 'push_record_misses',
  text: `
update push_jobs
   set phase = 'missing', miss_count = case when phase = 'missing' then miss_count + 1 else 1 end,
       ambiguous_since = case when phase = 'missing' then ambiguous_since else clock_timestamp() end
 where id = any ($1::bigint[]) and phase in ('submitted', 'running', 'missing')`,
};

export async function recordMisses(q: Queryable, ids: readonly string[]): Promise<void> {
  await q.query(recordMissesStatement, [ids]);
}
