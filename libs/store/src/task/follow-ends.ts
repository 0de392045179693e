/**
 * What follows the ends of attempts, wherever these ran: the record, the attempt's row, another try or freed limits and keys,
 * the workflow's change. To be put behind a common table expression
 * `ended (id, attempt, lease_id, worker, session_id, leased_at, started_at, outcome, next_status, reason, message, exit_code,
 * output, delay_ms, failures, losses, trace_parent)` whose rows only the winner of a guarded write gets. $1: actor; $2: rank offsets as JSON.
 *
 * Locks: the records. Index: primary keys, limit_slots_by_id, unique_keys_by_task.
 */
export const FOLLOW_ENDS = `
record as (
  update task_records r
     set status = e.next_status, attempt = e.attempt, failures = r.failures + e.failures, losses = r.losses + e.losses,
         reason = e.reason, message = e.message, exit_code = e.exit_code, output = e.output, worker = e.worker,
         started_at = coalesce(r.started_at, e.started_at),
         finished_at = case when e.next_status <> 'retry' then clock_timestamp() end
    from ended e
   where r.id = e.id
  returning r.id, e.lease_id, r.lane_id, r.attempt, r.flags, r.priority, r.limit_keys, r.workflow_instance_id, e.outcome,
            e.next_status, e.delay_ms, r.reason
), attempt as (
  insert into task_attempts (task_instance_id, attempt, lease_id, worker, session_id, leased_at, outcome, next_status, reason,
                             message, exit_code, trace_parent)
  select id, attempt, lease_id, worker, session_id, leased_at, outcome, next_status, reason, message, exit_code, trace_parent
    from ended
), event as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor, reason, detail)
  select id, workflow_instance_id, 'lease_lost', $1, reason, jsonb_build_object('attempt', attempt)
    from record where outcome = 'lost'
), queued as (
  insert into task_queue (lane_id, rank, id, attempt, flags)
  select lane_id, floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ($2::jsonb ->> priority)::bigint, id, attempt,
         flags
    from record where next_status = 'retry' and delay_ms = 0 and limit_keys is null
), blocked as (
  insert into task_blocked (id, limit_key, rank)
  select id, limit_keys[1], floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ($2::jsonb ->> priority)::bigint
    from record where next_status = 'retry' and delay_ms = 0 and limit_keys is not null
), delayed as (
  insert into task_delayed (id, due_at)
  select id, clock_timestamp() + delay_ms * interval '1 millisecond' from record where next_status = 'retry' and delay_ms > 0
), freed as (
  delete from limit_slots where id = any (array(select id from record where limit_keys is not null))
), unkeyed as (
  delete from unique_keys
   where task_instance_id = any (array(select id from record where next_status <> 'retry' and flags & 2 <> 0))
     and expires_at is null
), change as (
  insert into workflow_changes (workflow_instance_id, task_instance_id, kind)
  select workflow_instance_id, id, 'task_ended' from record
   where workflow_instance_id is not null and next_status <> 'retry'
)
select id, lease_id, lane_id, next_status, delay_ms, workflow_instance_id is not null as of_workflow, limit_keys from record`;

export interface FollowedEnd {
  readonly id: string;
  readonly lane_id: number;
  readonly next_status: 'retry' | 'failed' | 'cancelled' | 'success';
  readonly delay_ms: string;
  readonly of_workflow: boolean;
  /** Limits of which places became free. */
  readonly limit_keys: string[] | null;
}
