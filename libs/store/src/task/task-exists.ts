import type { Queryable, Statement } from '../db.js';

/**
 * Whether there is such a task instance.
 *
 * Locks: none. Index: primary key. Idempotent: reads only. Caller: cancelTaskInstance, when there was nothing to cancel.
 */
export const taskExistsStatement: Statement = {
  name: 'task_exists',
  text: 'select id from task_records where id = $1',
};

export async function taskExists(q: Queryable, id: string): Promise<boolean> {
  return (await q.query(taskExistsStatement, [id])).length > 0;
}
