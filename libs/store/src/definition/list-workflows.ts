import type { Queryable, Statement } from '../db.js';
import { WORKFLOW_COLUMNS, type WorkflowRow } from './get-workflow.js';
import type { ListDefinitionsInput } from './list-tasks.js';

/**
 * Workflows by name, a page at a time.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only. Caller: the api.
 */
export const listWorkflowsStatement: Statement = {
  name: 'definition_list_workflows',
  text: `
select ${WORKFLOW_COLUMNS}
  from workflows w
  join definition_versions v on v.id = w.version_id
 where w.name > $1 and w.active = coalesce($2, w.active)
 order by w.name
 limit $3`,
};

export function listWorkflowRows(q: Queryable, input: ListDefinitionsInput): Promise<WorkflowRow[]> {
  return q.query<WorkflowRow>(listWorkflowsStatement, [input.after, input.active ?? null, input.limit]);
}
