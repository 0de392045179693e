import type { Queryable, Statement } from '../db.js';
import { leaseColumns, type LeaseRef } from './lease-ref.js';

/**
 * Ends attempts otherwise than by success: the instance has then ended too, or is tried again, at once or after a pause.
 *
 * Locks: the leases and records, in the order of the input (callers sort by id). Index: primary keys, limit_slots_by_id,
 * unique_keys_by_task. Idempotent: guarded by the fencing token, whose row is deleted. What was decided from the record's
 * failures and losses cannot be out of date: they change only with the end of the lease that guards this.
 * Caller: completeTasks, expireLeases, enforceTimeouts, and whoever takes back leases with a cancel request.
 */
export const endAttemptsStatement: Statement = {
  name: 'lease_end_attempts',
  text: `
with ended as (
  delete from task_leases l
   using unnest($1::bigint[], $2::integer[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[],
                $9::bigint[], $10::integer[], $11::integer[])
         g (id, attempt, lease_id, outcome, next_status, reason, message, exit_code, delay_ms, failures, losses)
   where l.id = g.id and l.attempt = g.attempt and l.lease_id = g.lease_id
  returning l.id, l.attempt, l.lease_id, l.session_id, l.leased_at, g.outcome, g.next_status, g.reason, g.message,
            g.exit_code, g.delay_ms, g.failures, g.losses
), record as (
  update task_records r
     set status = e.next_status, attempt = e.attempt, failures = r.failures + e.failures, losses = r.losses + e.losses,
         reason = e.reason, message = e.message, exit_code = e.exit_code, worker = s.worker,
         started_at = coalesce(r.started_at, e.leased_at),
         finished_at = case when e.next_status <> 'retry' then clock_timestamp() end
    from ended e left join worker_sessions s on s.id = e.session_id
   where r.id = e.id
  returning r.id, e.lease_id, r.lane_id, r.attempt, r.flags, r.priority, r.limit_keys, r.workflow_instance_id, e.outcome,
            e.next_status, e.delay_ms, r.reason
), attempt as (
  insert into task_attempts (task_instance_id, attempt, lease_id, worker, session_id, leased_at, outcome, next_status, reason,
                             message, exit_code)
  select e.id, e.attempt, e.lease_id, s.worker, e.session_id, e.leased_at, e.outcome, e.next_status, e.reason, e.message,
         e.exit_code
    from ended e left join worker_sessions s on s.id = e.session_id
), event as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor, reason, detail)
  select id, workflow_instance_id, 'lease_lost', $12, reason, jsonb_build_object('attempt', attempt)
    from record where outcome = 'lost'
), queued as (
  insert into task_queue (lane_id, rank, id, attempt, flags)
  select lane_id, floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ($13::jsonb ->> priority)::bigint, id, attempt,
         flags
    from record where next_status = 'retry' and delay_ms = 0 and limit_keys is null
), blocked as (
  insert into task_blocked (id, limit_key, rank)
  select id, limit_keys[1], floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ($13::jsonb ->> priority)::bigint
    from record where next_status = 'retry' and delay_ms = 0 and limit_keys is not null
), delayed as (
  insert into task_delayed (id, due_at)
  select id, clock_timestamp() + delay_ms * interval '1 millisecond' from record where next_status = 'retry' and delay_ms > 0
), freed as (
  delete from limit_slots s using record e where e.limit_keys is not null and s.id = e.id
), unkeyed as (
  delete from unique_keys k using record e
   where e.next_status <> 'retry' and e.flags & 2 <> 0 and k.task_instance_id = e.id and k.expires_at is null
), change as (
  insert into workflow_changes (workflow_instance_id, task_instance_id, kind)
  select workflow_instance_id, id, 'task_ended' from record
   where workflow_instance_id is not null and next_status <> 'retry'
)
select id, lease_id, lane_id, next_status, delay_ms, workflow_instance_id is not null as of_workflow, limit_keys from record`,
};

export interface AttemptEndRow extends LeaseRef {
  readonly outcome: 'failed' | 'cancelled' | 'lost' | 'timeout';
  readonly nextStatus: 'retry' | 'failed' | 'cancelled';
  readonly reason: string;
  readonly message?: string | undefined;
  readonly exitCode?: number | undefined;
  /** Milliseconds until the next attempt; 0 puts it back into the queue at once. */
  readonly delayMs: number;
  /** 1 when it counts against `retries`. */
  readonly failures: 0 | 1;
  /** 1 when it counts against `infra_retries`. */
  readonly losses: 0 | 1;
}

export interface EndedAttemptRow {
  readonly id: string;
  readonly lease_id: string;
  readonly lane_id: number;
  readonly next_status: AttemptEndRow['nextStatus'];
  readonly delay_ms: string;
  readonly of_workflow: boolean;
  /** Limits of which places became free. */
  readonly limit_keys: string[] | null;
}

export function endAttempts(
  q: Queryable,
  ends: readonly AttemptEndRow[],
  context: { readonly actor: string; readonly rankOffsets: string },
): Promise<EndedAttemptRow[]> {
  return q.query<EndedAttemptRow>(endAttemptsStatement, [
    ...leaseColumns(ends),
    ends.map((end) => end.outcome),
    ends.map((end) => end.nextStatus),
    ends.map((end) => end.reason),
    ends.map((end) => end.message ?? null),
    ends.map((end) => end.exitCode ?? null),
    ends.map((end) => end.delayMs),
    ends.map((end) => end.failures),
    ends.map((end) => end.losses),
    context.actor,
    context.rankOffsets,
  ]);
}
