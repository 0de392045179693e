import type { Queryable, Statement } from '../db.js';

/**
 * Ends instances that expired before their first start, wherever they wait.
 *
 * Locks: their rows in queue, delayed and blocked, and the records. A claim that came first has deleted the queue's row, and
 * the instance runs. Index: primary keys, task_queue_by_id, limit_slots_by_id. Idempotent: only instances that wait, or are
 * among `loose`. Caller: expireQueued, promoteDelayed under the scheduler's fence.
 */
export const dequeueExpiredStatement: Statement = {
  name: 'task_dequeue_expired',
  text: `
with target as (
  select r.id from task_records r
   where r.id = any ($1::bigint[]) and r.finished_at is null and r.attempt = 0 and r.expires_at is not null
), unqueued as (
  delete from task_queue where id = any (array(select id from target)) and attempt = 0 returning id
), undelayed as (
  delete from task_delayed where id = any (array(select id from target)) returning id
), unblocked as (
  delete from task_blocked where id = any (array(select id from target)) returning id
), off as (
  select id from unqueued union all select id from undelayed union all select id from unblocked
  union all select id from unnest($2::bigint[]) u (id)
), ended as (
  update task_records r
     set status = 'dequeued', reason = 'EXPIRED', message = 'Its time to start ran out while it waited.',
         finished_at = clock_timestamp()
    from off where r.id = off.id and r.finished_at is null
  returning r.id, r.workflow_instance_id, r.flags
), change as (
  insert into workflow_changes (workflow_instance_id, task_instance_id, kind)
  select workflow_instance_id, id, 'task_ended' from ended where workflow_instance_id is not null
), freed as (
  delete from limit_slots where id = any (array(select id from ended)) returning limit_key
), unkeyed as (
  delete from unique_keys where task_instance_id = any (array(select id from ended)) and expires_at is null
), event as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor, reason)
  select id, workflow_instance_id, 'dequeued', 'scheduler', 'EXPIRED' from ended
)
select (select coalesce(array_agg(id::text), '{}') from ended) as ids,
       exists (select from ended where workflow_instance_id is not null) as of_workflow,
       (select coalesce(array_agg(distinct limit_key), '{}') from freed) as freed_keys`,
};

export interface DequeuedRows {
  readonly ids: string[];
  readonly of_workflow: boolean;
  readonly freed_keys: string[];
}

/** `loose`: instances that the caller has taken out of where they waited, in this transaction. */
export async function dequeueExpired(
  q: Queryable,
  input: { readonly ids: readonly string[]; readonly loose?: readonly string[] | undefined },
): Promise<DequeuedRows> {
  const rows = await q.query<DequeuedRows>(dequeueExpiredStatement, [input.ids, input.loose ?? []]);
  return rows[0] ?? { ids: [], of_workflow: false, freed_keys: [] };
}
