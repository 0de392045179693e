import type { Queryable } from './queryable.js';
import { sql } from './register-definitions.js';

export interface TaskEnd {
  readonly status?: 'success' | 'failed';
  readonly reason?: string;
  readonly output?: unknown;
}

/**
 * Ends nodes of a workflow instance that wait in the queue, as a worker's completion leaves them: for tests of what follows.
 * Gives how many there were.
 */
export async function endNodes(
  q: Queryable,
  runId: string,
  keys: readonly string[],
  end: TaskEnd = {},
): Promise<number> {
  const { status = 'success', reason = status === 'failed' ? 'USER_ERROR' : null, output } = end;
  const rows = await sql(
    q,
    `with taken as (
       delete from task_queue q using task_records r
        where q.id = r.id and r.workflow_instance_id = $1 and r.node_key = any ($2) returning r.id
     ), ended as (
       update task_records r
          set status = $3, reason = $4, output = $5, attempt = r.attempt + 1, started_at = clock_timestamp(),
              finished_at = clock_timestamp()
         from taken t where r.id = t.id returning r.id, r.workflow_instance_id, r.attempt
     ), attempt as (
       insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status, reason)
       select id, attempt, clock_timestamp(), $3, $3, $4 from ended
     )
     insert into workflow_changes (workflow_instance_id, task_instance_id, kind)
     select workflow_instance_id, id, 'task_ended' from ended returning id`,
    [runId, keys, status, reason, output === undefined ? null : JSON.stringify(output)],
  );
  return rows.length;
}
