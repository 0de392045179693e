import type { Queryable, Statement } from '../db.js';

/**
 * Forgets what nobody asks for any more: answers to submit calls that are older than a day, sessions of workers that were
 * closed more than a week ago. Instances, attempts, events and slots are history and stay.
 *
 * Locks: the rows, skipping what others hold. Index: submissions_created (BRIN), worker_sessions_closed, primary keys.
 * Idempotent: yes. Caller: the scheduler under its fence.
 */
export const purgeStatement: Statement = {
  name: 'retention_purge',
  text: `
with answers as (
  delete from submissions
   where ctid = any (array(select ctid from submissions where created_at < clock_timestamp() - interval '1 day'
                            limit $1 for update skip locked))
  returning 1
), sessions as (
  delete from worker_sessions
   where id = any (array(select id from worker_sessions where closed_at < clock_timestamp() - interval '7 days'
                          order by closed_at limit $1 for update skip locked))
  returning 1
)
select (select count(*)::integer from answers) as answers, (select count(*)::integer from sessions) as sessions`,
};

/** How many rows are gone; of one kind as many as `limit` when there may be more. */
export interface Purged {
  readonly answers: number;
  readonly sessions: number;
}

export async function purgeRows(q: Queryable, limit: number): Promise<Purged> {
  const rows = await q.query<Purged>(purgeStatement, [limit]);
  return rows[0] ?? { answers: 0, sessions: 0 };
}
