import type { Queryable, Statement } from '../db.js';

/**
 * Jobs that are to be ended, with what decides what follows. Locked, a cancel request cannot come between the decision and
 * its writing.
 *
 * Locks: the jobs FOR UPDATE, in order of id. Index: primary keys. Idempotent: reads only. Caller: endPushed under its fence.
 */
export const lockJobsStatement: Statement = {
  name: 'push_lock_jobs',
  text: `
select j.id, j.phase, j.failure_class, j.cancel_requested_at is not null as cancelled, j.cancel_reason, r.version_id,
       r.failures, r.losses, j.task_instance_id, j.attempt, r.task_name, j.destination, j.external_name, j.external_id, j.link,
       j.created_at, j.submitted_at, j.remote_started_at, j.spec -> 'env' ->> 'TRACEPARENT' as trace_parent
  from push_jobs j join task_records r on r.id = j.task_instance_id
 where j.id = any ($1::bigint[]) and j.phase not in ('done', 'lost_final')
 order by j.id
   for update of j`,
};

export interface LockedJob {
  readonly id: string;
  readonly phase: string;
  /** Why its end is wanted, when its time ran out. */
  readonly failure_class: string | null;
  readonly cancelled: boolean;
  readonly cancel_reason: string | null;
  readonly version_id: string;
  readonly failures: number;
  readonly losses: number;
  readonly task_instance_id: string;
  readonly attempt: number;
  readonly task_name: string;
  readonly destination: string;
  readonly external_name: string;
  readonly external_id: string | null;
  readonly link: string | null;
  readonly created_at: Date;
  readonly submitted_at: Date | null;
  readonly remote_started_at: Date | null;
  /** What the job was given. */
  readonly trace_parent: string | null;
}

export function lockJobs(q: Queryable, ids: readonly string[]): Promise<LockedJob[]> {
  return q.query<LockedJob>(lockJobsStatement, [ids]);
}
