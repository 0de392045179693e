import type { Queryable, Statement } from '../db.js';

/**
 * Gives leases that their worker got ahead of its slots their time anew: they were not started when they were leased. Those
 * that are among the oldest `slots` of their session by now may have been, and count from now on.
 *
 * Locks: the leases. Index: task_leases_deadline, task_leases_by_session, primary keys. Idempotent: what it moved is no longer
 * due. Caller: enforceTimeouts.
 */
export const postponeDeadlinesStatement: Statement = {
  name: 'lease_postpone_deadlines',
  text: `
with due as materialized (
  select id from task_leases
   where deadline_at < coalesce($1::timestamptz, statement_timestamp()) and flags & $2 <> 0
   order by deadline_at limit $3
)
update task_leases l
   set deadline_at = coalesce($1::timestamptz, statement_timestamp())
                     + (select r.timeout_ms from task_records r where r.id = l.id) * interval '1 millisecond',
       flags = case when (select count(*) from task_leases o where o.session_id = l.session_id and o.lease_id < l.lease_id)
                         < (select s.slots from worker_sessions s where s.id = l.session_id)
                    then l.flags & ~ $2::integer else l.flags end
 where l.id = any (array(select id from due))`,
};

export async function postponeDeadlines(
  q: Queryable,
  input: { readonly now?: Date | undefined; readonly aheadFlag: number; readonly limit: number },
): Promise<void> {
  await q.query(postponeDeadlinesStatement, [input.now ?? null, input.aheadFlag, input.limit]);
}
