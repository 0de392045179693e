import type { Queryable, Statement } from '../db.js';
import { FOLLOW_ENDS, type FollowedEnd } from '../task/follow-ends.js';

/**
 * Ends jobs and with each its attempt, and what follows from that, at once.
 *
 * Locks: the jobs and records. Index: primary keys. Idempotent: guarded by the open phase, so the first end that is written
 * stands and a second one finds nothing. Caller: endPushed under its fence, with the jobs locked.
 */
export const endJobsStatement: Statement = {
  name: 'push_end_jobs',
  text: `
with given as (
  select * from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::integer[], $10::text[],
                       $11::bigint[], $12::integer[], $13::integer[], $14::text[], $15::text[], $16::integer[],
                       $17::timestamptz[], $18::timestamptz[])
    g (job_id, phase, outcome, next_status, reason, message, exit_code, output, delay_ms, failures, losses, failure_class,
       remote_status, signal, started_at, finished_at)
), closed as (
  update push_jobs j
     set phase = g.phase, failure_class = g.failure_class, reason_code = g.reason, reason = g.message,
         exit_code = g.exit_code, signal = g.signal, remote_status = coalesce(g.remote_status, j.remote_status),
         remote_started_at = coalesce(j.remote_started_at, g.started_at), remote_finished_at = g.finished_at,
         last_observed_at = clock_timestamp(), deadline_at = null
    from given g
   where j.id = g.job_id and j.phase not in ('done', 'lost_final')
  returning j.task_instance_id as id, j.attempt, null::bigint as lease_id, 'push:' || j.destination as worker,
            null::bigint as session_id, j.created_at as leased_at, least(j.remote_started_at, clock_timestamp()) as remote_start,
            g.outcome, g.next_status, g.reason, g.message, g.exit_code, g.output, g.delay_ms, g.failures, g.losses,
            j.spec -> 'env' ->> 'TRACEPARENT' as trace_parent
), ended as (
  select id, attempt, lease_id, worker, session_id, leased_at, coalesce(remote_start, leased_at) as started_at, outcome,
         next_status, reason, message, exit_code, output::jsonb as output, delay_ms, failures, losses,
         trace_parent
    from closed
),${FOLLOW_ENDS}`,
};

export interface JobEndRow {
  readonly id: string;
  readonly phase: 'done' | 'lost_final';
  readonly outcome: 'success' | 'failed' | 'cancelled' | 'lost' | 'timeout';
  readonly nextStatus: 'success' | 'retry' | 'failed' | 'cancelled';
  /** UPPER_SNAKE; absent for a success. */
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly exitCode?: number | undefined;
  /** JSON text. */
  readonly output?: string | undefined;
  readonly delayMs: number;
  readonly failures: 0 | 1;
  readonly losses: 0 | 1;
  readonly failureClass?: string | undefined;
  readonly remoteStatus?: string | undefined;
  readonly signal?: number | undefined;
  readonly startedAt?: Date | undefined;
  readonly finishedAt?: Date | undefined;
}

export function endJobs(
  q: Queryable,
  ends: readonly JobEndRow[],
  context: { readonly actor: string; readonly rankOffsets: string },
): Promise<FollowedEnd[]> {
  return q.query<FollowedEnd>(endJobsStatement, [
    context.actor,
    context.rankOffsets,
    ends.map((end) => end.id),
    ends.map((end) => end.phase),
    ends.map((end) => end.outcome),
    ends.map((end) => end.nextStatus),
    ends.map((end) => end.reason ?? null),
    ends.map((end) => end.message ?? null),
    ends.map((end) => end.exitCode ?? null),
    ends.map((end) => end.output ?? null),
    ends.map((end) => end.delayMs),
    ends.map((end) => end.failures),
    ends.map((end) => end.losses),
    ends.map((end) => end.failureClass ?? null),
    ends.map((end) => end.remoteStatus ?? null),
    ends.map((end) => end.signal ?? null),
    ends.map((end) => end.startedAt ?? null),
    ends.map((end) => end.finishedAt ?? null),
  ]);
}
