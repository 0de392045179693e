import type { Queryable, Statement } from '../db.js';

/**
 * Writes how far jobs are that have not ended; the first sight of a running one starts the clock of its timeout.
 *
 * Locks: the jobs and records. Index: primary keys. Idempotent: a job that runs does not go back, one that has ended is left
 * alone. Caller: applyObservations under its fence, for what has changed.
 */
export const recordProgressStatement: Statement = {
  name: 'push_record_progress',
  text: `
with given as (
  select * from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[]) g (id, phase, remote_status, started_at)
), seen as (
  update push_jobs j
     set phase = case when j.remote_started_at is not null then 'running' else g.phase end, remote_status = g.remote_status,
         remote_started_at = coalesce(j.remote_started_at, g.started_at,
                                      case when g.phase = 'running' then clock_timestamp() end),
         last_observed_at = clock_timestamp(), miss_count = 0, ambiguous_since = null,
         deadline_at = case
           when g.phase = 'running' and j.remote_started_at is null then clock_timestamp() + r.timeout_ms * interval '1 millisecond'
           else j.deadline_at end
    from given g, task_records r
   where j.id = g.id and r.id = j.task_instance_id and j.phase in ('submitted', 'running', 'missing')
  returning j.task_instance_id, j.phase, j.remote_started_at
)
update task_records r
   set status = 'running', started_at = coalesce(r.started_at, least(s.remote_started_at, clock_timestamp()))
  from seen s where r.id = s.task_instance_id and s.phase = 'running' and r.status = 'pushed'`,
};

export interface JobProgress {
  readonly id: string;
  readonly phase: 'submitted' | 'running';
  readonly remoteStatus: string;
  readonly startedAt?: Date | undefined;
}

export async function recordJobProgress(q: Queryable, rows: readonly JobProgress[]): Promise<void> {
  await q.query(recordProgressStatement, [
    rows.map((row) => row.id),
    rows.map((row) => row.phase),
    rows.map((row) => row.remoteStatus),
    rows.map((row) => row.startedAt ?? null),
  ]);
}
