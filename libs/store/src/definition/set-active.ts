import type { Queryable, Statement } from '../db.js';

/**
 * Turns a Task on or off.
 *
 * Locks: the row. Index: primary key. Idempotent: yes. Caller: the api.
 */
export const setTaskActiveStatement: Statement = {
  name: 'definition_set_task_active',
  text: 'update tasks set active = $2, updated_at = clock_timestamp() where name = $1 and active <> $2',
};

/**
 * Turns a Workflow on or off.
 *
 * Locks: the row. Index: primary key. Idempotent: yes. Caller: the api.
 */
export const setWorkflowActiveStatement: Statement = {
  name: 'definition_set_workflow_active',
  text: 'update workflows set active = $2, updated_at = clock_timestamp() where name = $1 and active <> $2',
};

export async function setActive(
  q: Queryable,
  input: { readonly kind: 'task' | 'workflow'; readonly name: string; readonly active: boolean },
): Promise<void> {
  const statement = input.kind === 'task' ? setTaskActiveStatement : setWorkflowActiveStatement;
  await q.query(statement, [input.name, input.active]);
}
