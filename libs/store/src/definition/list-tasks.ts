import type { Queryable, Statement } from '../db.js';
import { TASK_COLUMNS, type TaskRow } from './get-task.js';

/**
 * Tasks by name, a page at a time.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only. Caller: the api.
 */
export const listTasksStatement: Statement = {
  name: 'definition_list_tasks',
  text: `
select ${TASK_COLUMNS}
  from tasks t
  join definition_versions v on v.id = t.version_id
 where t.name > $1 and t.active = coalesce($2, t.active)
 order by t.name
 limit $3`,
};

export interface ListDefinitionsInput {
  /** Name of the last one of the page before; empty for the first page. */
  readonly after: string;
  readonly active?: boolean | undefined;
  readonly limit: number;
}

export function listTaskRows(q: Queryable, input: ListDefinitionsInput): Promise<TaskRow[]> {
  return q.query<TaskRow>(listTasksStatement, [input.after, input.active ?? null, input.limit]);
}
