import type { Queryable, Statement } from '../db.js';

/**
 * Takes task instances that have not started off the queue, because a newer submission takes their place.
 *
 * Locks: the places in the queue, then the records, as cancel does; waits for a claim that is taking one, which then keeps it.
 * Index: primary keys, task_queue_by_id, limit_slots_by_id. Idempotent: one that has started or ended is absent from the
 * answer. Caller: submit with on_conflict replace_queued.
 */
export const dequeueTasksStatement: Statement = {
  name: 'submission_dequeue_tasks',
  text: `
with fresh as materialized (
  select id from task_records where id = any ($1::bigint[]) and status = 'queued'
), queued as (
  delete from task_queue where id = any (array(select id from fresh)) returning id
), delayed as (
  delete from task_delayed where id = any (array(select id from fresh)) returning id
), blocked as (
  delete from task_blocked where id = any (array(select id from fresh)) returning id
), taken as (
  select id from queued union all select id from delayed union all select id from blocked
), freed as (
  delete from limit_slots where id = any (array(select id from taken)) returning limit_key
), ended as (
  update task_records
     set status = 'dequeued', reason = 'REPLACED', message = 'A newer submission with the same unique key took its place.',
         finished_at = clock_timestamp()
   where id = any (array(select id from taken)) and status = 'queued'
  returning id
), event as (
  insert into task_events (task_instance_id, type, actor, reason) select id, 'dequeued', $2, 'REPLACED' from ended
)
select id, (select array_agg(distinct limit_key) from freed) as freed from ended`,
};

/**
 * Takes workflow instances that have not started off the queue, because a newer submission takes their place.
 *
 * Locks: the rows; waits for the scheduler that is starting one, which then keeps it. Index: primary key. Idempotent: one
 * that has started or ended is absent from the answer. Caller: submit with on_conflict replace_queued.
 */
export const dequeueWorkflowsStatement: Statement = {
  name: 'submission_dequeue_workflows',
  text: `
with ended as (
  update workflow_instances
     set status = 'dequeued', reason = 'REPLACED', message = 'A newer submission with the same unique key took its place.',
         finished_at = clock_timestamp()
   where id = any ($1::bigint[]) and status = 'queued'
  returning id
), event as (
  insert into task_events (workflow_instance_id, type, actor, reason) select id, 'dequeued', $2, 'REPLACED' from ended
)
select id, null::text[] as freed from ended`,
};

export interface DequeuedInstances {
  readonly ids: readonly string[];
  /** Limits of which places became free. */
  readonly freedLimits: readonly string[];
}

export async function dequeueReplaced(
  q: Queryable,
  kind: 'task' | 'workflow',
  ids: readonly string[],
  actor: string,
): Promise<DequeuedInstances> {
  const statement = kind === 'task' ? dequeueTasksStatement : dequeueWorkflowsStatement;
  const rows = await q.query<{ id: string; freed: string[] | null }>(statement, [ids, actor]);
  return { ids: rows.map((row) => row.id), freedLimits: rows[0]?.freed ?? [] };
}
