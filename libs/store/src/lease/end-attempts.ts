import { column } from '../columns.js';
import type { Queryable, Statement } from '../db.js';
import { FOLLOW_ENDS, type FollowedEnd } from '../task/follow-ends.js';
import { leaseColumns, type LeaseRef } from './lease-ref.js';

/**
 * Ends attempts otherwise than by success: the instance has then ended too, or is tried again, at once or after a pause.
 *
 * Locks: the leases and records, in the order of the input (callers sort by id). Index: primary keys, limit_slots_by_id,
 * unique_keys_by_task. Idempotent: guarded by the fencing token, whose row is deleted. What was decided from the record's
 * failures and losses cannot be out of date: they change only with the end of the lease that guards this. A cancel may have
 * been asked for since: then nothing is tried again.
 * Caller: completeTasks, expireLeases, enforceTimeouts, and whoever takes back leases with a cancel request.
 * Each lease is looked up by its id and locked before any is deleted: see Statement.text. Fails with Unavailable
 * (ROWS_LOCKED) when somebody keeps one of the rows locked for half a second.
 */
export const endAttemptsStatement: Statement = {
  name: 'lease_end_attempts',
  text: `
with patience as materialized (
  select set_config('lock_timeout', '500', true)
), taken as materialized (
  select l.id, l.attempt, l.lease_id, l.session_id, l.leased_at, g.outcome, g.exit_code,
         case when c.stop then 'cancelled' else g.next_status end as next_status,
         case when c.stop then 'CANCELLED' else g.reason end as reason,
         case when c.stop then l.cancel_reason else g.message end as message,
         case when c.stop then 0 else g.delay_ms end as delay_ms,
         case when c.stop then 0 else g.failures end as failures,
         case when c.stop then 0 else g.losses end as losses, g.trace_parent
    from patience
   cross join unnest($3::bigint[], $4::integer[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::integer[],
                $11::bigint[], $12::integer[], $13::integer[], $14::text[])
         g (id, attempt, lease_id, outcome, next_status, reason, message, exit_code, delay_ms, failures, losses, trace_parent)
   cross join lateral (
     select l.id, l.attempt, l.lease_id, l.session_id, l.leased_at, l.cancel_requested_at, l.cancel_reason from task_leases l
      where l.id = g.id and l.attempt = g.attempt and l.lease_id = g.lease_id for update) l
   cross join lateral (select g.next_status = 'retry' and l.cancel_requested_at is not null as stop) c
), unleased as (
  delete from task_leases where id = any (array(select id from taken))
), ended as (
  select t.*, s.worker, t.leased_at as started_at, null::jsonb as output
    from taken t left join worker_sessions s on s.id = t.session_id
),${FOLLOW_ENDS}`,
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
  /** W3C traceparent of its own. */
  readonly traceParent?: string | undefined;
}

export interface EndedAttemptRow extends FollowedEnd {
  readonly lease_id: string;
}

export function endAttempts(
  q: Queryable,
  ends: readonly AttemptEndRow[],
  context: { readonly actor: string; readonly rankOffsets: string },
): Promise<EndedAttemptRow[]> {
  return q.query<EndedAttemptRow>(endAttemptsStatement, [
    context.actor,
    context.rankOffsets,
    ...leaseColumns(ends),
    ends.map((end) => end.outcome),
    ends.map((end) => end.nextStatus),
    ends.map((end) => end.reason),
    ends.map((end) => end.message ?? null),
    ends.map((end) => end.exitCode ?? null),
    ends.map((end) => end.delayMs),
    ends.map((end) => end.failures),
    ends.map((end) => end.losses),
    column(ends, (end) => end.traceParent),
  ]);
}
