import type { Queryable, Statement } from '../db.js';

/**
 * Marks a job whose end its own container has told: its destination is still to be watched until it tells of the end too.
 *
 * Locks: the row. Index: primary key. Idempotent: yes. Caller: reportPushedJob, in the transaction of the end.
 */
export const leaveUnsettledStatement: Statement = {
  name: 'push_leave_unsettled',
  text: `update push_jobs set settle_by = clock_timestamp() + $2 * interval '1 millisecond' where id = $1 and phase = 'done'`,
};

/**
 * Jobs that ended by their own word and of which the destination has not told yet.
 *
 * Locks: none. Index: push_jobs_unsettled. Idempotent: reads only. Caller: the holder of the destination.
 */
export const findUnsettledStatement: Statement = {
  name: 'push_find_unsettled',
  text: `
select j.id, j.external_name, j.external_id, j.scope, j.settle_by <= clock_timestamp() as over, a.outcome
  from push_jobs j
  left join task_attempts a on a.task_instance_id = j.task_instance_id and a.attempt = j.attempt
 where j.destination = $1 and j.settle_by is not null
 order by j.id limit 1000`,
};

/**
 * Writes what a destination told of jobs whose end stands already. A word that does not fit is an event, and changes nothing else.
 *
 * Locks: the rows. Index: primary keys. Idempotent: guarded by settle_by. Caller: settleJobs under its fence.
 */
export const settleJobsStatement: Statement = {
  name: 'push_settle',
  text: `
with given as (
  select * from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[]) g (id, remote_status, outcome, finished_at)
), settled as (
  update push_jobs j
     set settle_by = null, remote_status = coalesce(g.remote_status, j.remote_status),
         remote_finished_at = coalesce(g.finished_at, j.remote_finished_at)
    from given g where j.id = g.id and j.settle_by is not null
  returning j.task_instance_id, j.attempt, g.outcome, g.remote_status
)
insert into task_events (task_instance_id, workflow_instance_id, type, actor, detail)
select s.task_instance_id, r.workflow_instance_id, 'outcome_mismatch', $5,
       jsonb_build_object('attempt', s.attempt, 'written', a.outcome, 'told', s.outcome, 'remote_status', s.remote_status)
  from settled s
  join task_records r on r.id = s.task_instance_id
  join task_attempts a on a.task_instance_id = s.task_instance_id and a.attempt = s.attempt
 where s.outcome is not null and (s.outcome = 'success') <> (a.outcome = 'success')`,
};

export interface UnsettledJob {
  readonly id: string;
  readonly external_name: string;
  readonly external_id: string | null;
  readonly scope: unknown;
  /** It was watched for long enough. */
  readonly over: boolean;
  readonly outcome: string | null;
}

export interface SettledJob {
  readonly id: string;
  readonly remoteStatus?: string | undefined;
  /** What the destination says of its end; absent when it was not heard. */
  readonly outcome?: string | undefined;
  readonly finishedAt?: Date | undefined;
}

export async function leaveUnsettled(q: Queryable, id: string, ms: number): Promise<void> {
  await q.query(leaveUnsettledStatement, [id, ms]);
}

export function findUnsettled(q: Queryable, destination: string): Promise<UnsettledJob[]> {
  return q.query<UnsettledJob>(findUnsettledStatement, [destination]);
}

export async function settleJobRows(q: Queryable, jobs: readonly SettledJob[], actor: string): Promise<void> {
  await q.query(settleJobsStatement, [
    jobs.map((job) => job.id),
    jobs.map((job) => job.remoteStatus ?? null),
    jobs.map((job) => job.outcome ?? null),
    jobs.map((job) => job.finishedAt ?? null),
    actor,
  ]);
}
