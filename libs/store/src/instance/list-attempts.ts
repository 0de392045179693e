import type { Queryable, Statement } from '../db.js';

/**
 * Every attempt of a task instance, the running one included.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only. Caller: the api.
 */
export const listAttemptsStatement: Statement = {
  name: 'instance_list_attempts',
  text: `
select attempt, worker, leased_at, ended_at, outcome, reason, message, exit_code
  from v_task_attempts
 where task_instance_id = $1
 order by attempt`,
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
}

export function listAttemptRows(q: Queryable, id: string): Promise<AttemptRow[]> {
  return q.query<AttemptRow>(listAttemptsStatement, [id]);
}
