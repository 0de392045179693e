import type { Queryable, Statement } from '../db.js';

/**
 * Turns a Task on or off.
 *
 * Locks: the row. Index: primary key. Idempotent: yes. Caller: the api.
 */
export const setTaskActiveStatement: Statement = {
  name: 'definition_set_task_active',
  text: 'update tasks set active = $2, updated_at = clock_timestamp() where name = $1 and active <> $2 returning name',
};

/**
 * Turns a Workflow on or off.
 *
 * Locks: the row. Index: primary key. Idempotent: yes. Caller: the api.
 */
export const setWorkflowActiveStatement: Statement = {
  name: 'definition_set_workflow_active',
  text: 'update workflows set active = $2, updated_at = clock_timestamp() where name = $1 and active <> $2 returning name',
};

/** False when it was so before, or there is none of the name. */
export async function setActive(
  q: Queryable,
  input: { readonly kind: 'task' | 'workflow'; readonly name: string; readonly active: boolean },
): Promise<boolean> {
  const statement = input.kind === 'task' ? setTaskActiveStatement : setWorkflowActiveStatement;
  return (await q.query(statement, [input.name, input.active])).length > 0;
}
