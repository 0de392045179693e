import type { Queryable, Statement } from '../db.js';

/**
 * Every attempt of a task instance, the running one included.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only. Caller: the api.
 */
export const listAttemptsStatement: Statement = {
  name: 'instance_list_attempts',
  text: `
select a.attempt, a.worker, a.leased_at, a.ended_at, a.outcome, a.reason, a.message, a.exit_code, j.external_name,
       j.external_id, j.link
  from v_task_attempts a
  left join push_jobs j on j.task_instance_id = a.task_instance_id and j.attempt = a.attempt
 where a.task_instance_id = $1
 order by a.attempt`,
};

export interface AttemptRow {
  readonly attempt: number;
  readonly worker: string | null;
  readonly leased_at: Date;
  /** Null while it runs. */
  readonly ended_at: Date | null;
  readonly outcome: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly exit_code: number | null;
  /** Of its job at a push destination. */
  readonly external_name: string | null;
  readonly external_id: string | null;
  readonly link: string | null;
}

export function listAttemptRows(q: Queryable, id: string): Promise<AttemptRow[]> {
  return q.query<AttemptRow>(listAttemptsStatement, [id]);
}
