import type { Queryable, Statement } from '../db.js';

/**
 * Task instances as they are at this moment, newest first.
 *
 * Locks: none. Index: primary keys, task_queue_by_id. Idempotent: reads only. Caller: the api, for the ids of one page.
 */
export const getTaskInstancesStatement: Statement = {
  name: 'instance_get_tasks',
  text: `
select id, task_name, version_id, workflow_instance_id, node_key, status, waiting_for, reason, message, priority, queue,
       push_destination, attempt, exit_code, params::text as params, output::text as output, worker, unique_key, trace_parent,
       run_at, scheduled_for, created_at, started_at, finished_at, cancel_requested_at, sla_missed_at,
       j.external_name, j.external_id, j.link
  from task_instances t
  left join lateral (
    select j.external_name, j.external_id, j.link from push_jobs j
     where t.push_destination is not null and j.task_instance_id = t.id order by j.attempt desc limit 1) j on true
 where id = any ((select $1::bigint[])::bigint[])
 order by id desc`,
};

export interface TaskInstanceDetailRow {
  readonly id: string;
  readonly task_name: string;
  readonly version_id: string;
  readonly workflow_instance_id: string | null;
  readonly node_key: string | null;
  readonly status: string;
  readonly waiting_for: string | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly priority: string;
  readonly queue: string;
  readonly push_destination: string | null;
  readonly attempt: number;
  readonly exit_code: number | null;
  /** JSON text. */
  readonly params: string;
  /** JSON text. */
  readonly output: string | null;
  readonly worker: string | null;
  readonly unique_key: string | null;
  readonly trace_parent: string | null;
  readonly run_at: Date;
  readonly scheduled_for: Date | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly cancel_requested_at: Date | null;
  readonly sla_missed_at: Date | null;
  /** Of the newest job at its push destination. */
  readonly external_name: string | null;
  readonly external_id: string | null;
  readonly link: string | null;
}

export function getTaskInstances(q: Queryable, ids: readonly string[]): Promise<TaskInstanceDetailRow[]> {
  return q.query<TaskInstanceDetailRow>(getTaskInstancesStatement, [ids]);
}
