import { column } from '../columns.js';
import type { Queryable, Statement } from '../db.js';
import { CHANNELS } from '../notify/notifier.js';
import { leaseColumns, type LeaseRef } from './lease-ref.js';

/** Ends that are told one by one; of more the scheduler is told that there are some. */
const MOST_TOLD = 200;

/**
 * Ends attempts that succeeded, and their instances with them.
 *
 * Locks: the leases and records, in the order of the input (callers sort by id). Index: primary keys,
 * limit_slots_by_id and unique_keys_by_task for the few that hold such. Idempotent: guarded by the fencing token, whose row
 * is deleted; of two equal calls the second finds nothing. Caller: completeTasks.
 * With tasks of workflow instances the scheduler is told in the same transaction what it needs for the next step, and the commit does
 * not wait for the disk: whoever tells the outside calls waitForDisk first.
 * A given row is found by its place among the sorted ids, so that no join can be planned that reads all leases; ids must be sorted
 * numerically and without repeats. Workers are few and leases many: each name is read once. Fails with Unavailable (ROWS_LOCKED) when somebody keeps one of the rows locked for half a second.
 */
export const completeStatement: Statement = {
  name: 'lease_complete',
  text: `
with patience as materialized (
  select set_config('lock_timeout', '500', true)
), given as materialized (
  select (select $1::bigint[]) as ids, (select $2::integer[]) as attempts, (select $3::bigint[]) as lease_ids
), held as (
  delete from task_leases l
   where (select true from patience)
     and l.id = any ((select ids from given)::bigint[])
     and l.attempt = ((select attempts from given)::integer[])[width_bucket(l.id, (select ids from given))]
     and l.lease_id = ((select lease_ids from given)::bigint[])[width_bucket(l.id, (select ids from given))]
  returning l.id, l.attempt, l.lease_id, l.session_id, l.flags, l.leased_at
), names as materialized (
  select min(s.worker) as worker, case when count(*) > 1 then jsonb_object_agg(s.id, s.worker) end as workers
    from worker_sessions s where s.id = any (array(select distinct session_id from held))
), ended as materialized (
  select h.*, g.output, g.trace_parent,
         case when n.workers is null then n.worker else n.workers ->> h.session_id::text end as worker
    from held h
    join unnest((select $1::bigint[]), $4::text[], $5::text[]) g (id, output, trace_parent) on g.id = h.id
   cross join names n
), record as (
  update task_records r
     set status = 'success', attempt = e.attempt, reason = null, message = null, exit_code = 0, output = e.output::jsonb,
         worker = e.worker, started_at = coalesce(r.started_at, e.leased_at), finished_at = clock_timestamp()
    from ended e
   where r.id = e.id
  returning r.id, e.lease_id, r.workflow_instance_id, r.node_key, case when e.flags & 1 <> 0 then r.limit_keys end as limit_keys
), attempt as (
  insert into task_attempts (task_instance_id, attempt, lease_id, worker, session_id, leased_at, outcome, next_status,
                             trace_parent)
  select id, attempt, lease_id, worker, session_id, leased_at, 'success', 'success', trace_parent from ended
), change as (
  insert into workflow_changes (workflow_instance_id, task_instance_id, kind)
  select workflow_instance_id, id, 'task_ended' from record where workflow_instance_id is not null
  returning id, task_instance_id
), told as materialized (
  select set_config('synchronous_commit', 'off', true) as relaxed,
         pg_notify('${CHANNELS.workflow}', coalesce((
           select case when octet_length(t.changes) < 7900 then t.changes end
             from (select json_agg(json_build_array(c.id::text, r.workflow_instance_id::text, r.node_key))::text as changes
                     from change c join record r on r.id = c.task_instance_id where k.n <= ${MOST_TOLD}) t), ''))::text as told
    from (select count(*) as n from change) k
   where k.n > 0
), freed as (
  delete from limit_slots where id = any (array(select id from ended where flags & 1 <> 0))
), unkeyed as (
  delete from unique_keys
   where task_instance_id = any (array(select id from ended where flags & 2 <> 0)) and expires_at is null
)
select r.id, r.lease_id, r.workflow_instance_id is not null as of_workflow, r.limit_keys, t.relaxed, t.told
  from record r left join told t on true`,
};

export interface SuccessRow extends LeaseRef {
  /** JSON text, at most 256 KiB. */
  readonly output?: string | undefined;
  /** W3C traceparent of its own. */
  readonly traceParent?: string | undefined;
}

export interface CompletedRow {
  readonly id: string;
  readonly lease_id: string;
  readonly of_workflow: boolean;
  /** Limits of which places became free. */
  readonly limit_keys: string[] | null;
}

/** `successes`: sorted by id as a number, no id twice. */
export function complete(q: Queryable, successes: readonly SuccessRow[]): Promise<CompletedRow[]> {
  return q.query<CompletedRow>(completeStatement, [
    ...leaseColumns(successes),
    column(successes, (success) => success.output),
    column(successes, (success) => success.traceParent),
  ]);
}
