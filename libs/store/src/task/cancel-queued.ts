import type { Queryable, Statement } from '../db.js';

/**
 * Ends instances that wait: queued, delayed, blocked or waiting. What runs is left to request-cancel-running.
 *
 * Locks: the rows of queue, delayed and blocked, and the records'. A claim that came first has deleted the queue's row, and
 * the instance is not touched. Index: task_records_node (workflow) or primary key, task_queue_by_id. Idempotent: only
 * instances that have not ended. Frees limits and unique keys and tells the workflow. Caller: cancelOpenTasks.
 */
export const cancelQueuedStatement: Statement = {
  name: 'task_cancel_queued',
  text: `
with target as (
  select id, status from task_records
   where (workflow_instance_id = any ($1::bigint[]) or id = any ($2::bigint[])) and finished_at is null
), unqueued as (
  delete from task_queue q using target t where q.id = t.id returning q.id
), undelayed as (
  delete from task_delayed d using target t where d.id = t.id returning d.id
), unblocked as (
  delete from task_blocked b using target t where b.id = t.id returning b.id
), off as (
  select id from unqueued union all select id from undelayed union all select id from unblocked
  union all select id from target where status = 'waiting'
), ended as (
  update task_records r
     set status = 'cancelled', reason = 'CANCELLED', message = $3, finished_at = clock_timestamp(),
         cancel_requested_at = clock_timestamp(), cancel_reason = $3
    from off where r.id = off.id and r.finished_at is null
  returning r.id, r.workflow_instance_id, r.flags
), change as (
  insert into workflow_changes (workflow_instance_id, task_instance_id, kind)
  select workflow_instance_id, id, 'task_ended' from ended where workflow_instance_id is not null
), freed as (
  delete from limit_slots s using ended e where s.id = e.id returning s.limit_key
), unkeyed as (
  delete from unique_keys k using ended e where k.task_instance_id = e.id and k.expires_at is null
), event as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor, reason, detail)
  select id, workflow_instance_id, 'cancelled', $4, 'CANCELLED', jsonb_build_object('message', $3::text) from ended
)
select (select coalesce(array_agg(id::text), '{}') from ended) as ids,
       (select coalesce(array_agg(distinct limit_key), '{}') from freed) as freed_keys`,
};

export interface CancelOpenRows {
  /** All open instances of these workflow instances, and */
  readonly workflowInstanceIds: readonly string[];
  /** these. */
  readonly ids: readonly string[];
  readonly reason: string;
  readonly actor: string;
}

export interface CancelledQueued {
  readonly ids: string[];
  /** Limits in which places became free. */
  readonly freed_keys: string[];
}

export async function cancelQueued(q: Queryable, input: CancelOpenRows): Promise<CancelledQueued> {
  const { workflowInstanceIds, ids, reason, actor } = input;
  const rows = await q.query<CancelledQueued>(cancelQueuedStatement, [workflowInstanceIds, ids, reason, actor]);
  return rows[0] ?? { ids: [], freed_keys: [] };
}
