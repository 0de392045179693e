import type { Queryable, Statement } from '../db.js';
import type { ClaimedTask } from '../lease/claim.js';

/**
 * Takes ready instances of a destination's lanes, best rank first, as far as it has room: they are `pushed` from now on and
 * their attempt counts. Workers are given lanes without a destination only, so nobody else claims them.
 *
 * Locks: the taken rows of task_queue, skipping what a cancel holds, and the records. Index: primary keys, push_jobs_open.
 * Idempotent: no; the caller inserts the jobs in the same transaction. An instance whose expiry has passed before its first
 * start is moved to the delayed, where the scheduler ends it. Caller: claimJobs under its fence.
 */
export const claimPushesStatement: Statement = {
  name: 'push_claim',
  text: `
with room as materialized (
  select least($2, d.max_in_flight - (select count(*) from push_jobs j
                                       where j.destination = d.name and j.phase not in ('done', 'lost_final'))) as n
    from push_destinations d where d.name = $1 and not d.paused
), share as materialized (
  select f.lane_id, count(*) as n
    from (select q.lane_id
            from lanes l
           cross join lateral (
             select q.lane_id, q.rank, q.id from task_queue q
              where q.lane_id = l.id order by q.rank, q.id limit (select greatest(n, 0) from room)) q
           where l.destination = $1
           order by q.rank, q.id limit (select greatest(n, 0) from room)) f
   where exists (select from room where n > 0)
   group by f.lane_id
), taken as (
  delete from task_queue where ctid = any (array(
    select p.ctid from share s cross join lateral (
      select q.ctid from task_queue q
       where q.lane_id = s.lane_id order by q.rank, q.id limit s.n for update skip locked) p))
  returning id, attempt, flags, rank
), ready as materialized (
  select t.id, t.attempt + 1 as attempt, t.flags, t.rank,
         t.attempt = 0 and coalesce(r.expires_at <= clock_timestamp(), false) as late
    from taken t join task_records r on r.id = t.id
), late as (
  insert into task_delayed (id, due_at) select id, clock_timestamp() from ready where late
), pushed as (
  update task_records r set status = 'pushed', attempt = y.attempt, worker = 'push:' || $1
    from ready y where r.id = y.id and not y.late
  returning r.id
)
select y.id, y.attempt, y.flags, nextval('push_jobs_id_seq') as job_id, '0' as lease_id, '0' as session_id, n.handler,
       r.task_name, r.version_id, r.workflow_instance_id, r.node_key, w.workflow_name, w.version_id as workflow_version_id,
       r.params::text as params, r.timeout_ms, r.failures, r.trace_parent, r.trace_state, r.scheduled_for, r.priority, r.run_at
  from ready y
  join pushed p on p.id = y.id
  join task_records r on r.id = y.id
  join lanes n on n.id = r.lane_id
  left join workflow_instances w on w.id = r.workflow_instance_id
 order by y.rank, y.id`,
};

export interface ClaimedPush extends ClaimedTask {
  /** Id that its job is to have. */
  readonly job_id: string;
  readonly flags: number;
  readonly run_at: Date;
}

export function claimPushes(q: Queryable, destination: string, limit: number): Promise<ClaimedPush[]> {
  return q.query<ClaimedPush>(claimPushesStatement, [destination, limit]);
}
