import type { Queryable, Statement } from '../db.js';
import type { CancelOpenRows } from './cancel-queued.js';

/**
 * Asks for the end of instances that run, on a worker or at a push destination.
 *
 * Locks: the leases' and push jobs' rows. Index: task_records_node (workflow) or primary key, primary key of task_leases,
 * unique key of push_jobs. Idempotent: only the first request is written. Caller: cancelOpenTasks.
 */
export const requestCancelRunningStatement: Statement = {
  name: 'task_request_cancel_running',
  text: `
with target as (
  select id, workflow_instance_id from task_records
   where (workflow_instance_id = any ($1::bigint[]) or id = any ($2::bigint[])) and finished_at is null
), leased as (
  update task_leases l
     set cancel_requested_at = clock_timestamp(), cancel_reason = $3
    from target t where l.id = t.id and l.cancel_requested_at is null
  returning l.id, t.workflow_instance_id
), pushed as (
  update push_jobs j
     set cancel_requested_at = clock_timestamp(), cancel_reason = $3, next_action_at = clock_timestamp()
    from target t
   where j.task_instance_id = t.id and j.cancel_requested_at is null and j.phase not in ('done', 'lost_final')
  returning t.id, t.workflow_instance_id
), event as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor, reason, detail)
  select id, workflow_instance_id, 'cancel_requested', $4, 'CANCELLED', jsonb_build_object('message', $3::text)
    from (select * from leased union all select * from pushed) x
)
select id from leased union all select id from pushed`,
};

export function requestCancelRunning(q: Queryable, input: CancelOpenRows): Promise<{ id: string }[]> {
  return q.query(requestCancelRunningStatement, [input.workflowInstanceIds, input.ids, input.reason, input.actor]);
}
