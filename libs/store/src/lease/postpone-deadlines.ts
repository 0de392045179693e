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
with due as (
  select l.id, l.lease_id, l.session_id, r.timeout_ms, s.slots
    from task_leases l
    join task_records r on r.id = l.id
    join worker_sessions s on s.id = l.session_id
   where l.deadline_at < coalesce($1::timestamptz, clock_timestamp()) and l.flags & $2 <> 0
   limit $3
)
update task_leases l
   set deadline_at = coalesce($1::timestamptz, clock_timestamp()) + d.timeout_ms * interval '1 millisecond',
       flags = case when (select count(*) from (
                      select from task_leases o where o.session_id = d.session_id and o.lease_id < d.lease_id limit d.slots) x) < d.slots
                    then l.flags & ~ $2::integer else l.flags end
  from due d
 where l.id = d.id and l.lease_id = d.lease_id`,
};

export async function postponeDeadlines(
  q: Queryable,
  input: { readonly now?: Date | undefined; readonly aheadFlag: number; readonly limit: number },
): Promise<void> {
  await q.query(postponeDeadlinesStatement, [input.now ?? null, input.aheadFlag, input.limit]);
}
