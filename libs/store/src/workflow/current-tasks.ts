import type { Queryable, Statement } from '../db.js';

/**
 * The present version and lane of Tasks, for the nodes of a run that name a registered Task.
 *
 * Locks: none. Index: primary key. Idempotent: reads only. Caller: the scheduler, when it starts nodes.
 */
export const currentTasksStatement: Statement = {
  name: 'workflow_current_tasks',
  text: 'select name, version_id, lane_id from tasks where name = any ($1::text[])',
};

export interface TaskTarget {
  readonly name: string;
  readonly version_id: string;
  readonly lane_id: number;
}

export function currentTasks(q: Queryable, names: readonly string[]): Promise<TaskTarget[]> {
  return q.query<TaskTarget>(currentTasksStatement, [names]);
}
