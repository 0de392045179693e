import type { Queryable, Statement } from '../db.js';

export const WORKFLOW_COLUMNS = `
       w.name, w.active, w.version_id, v.hash, w.title, w.description, w.default_priority, w.concurrency,
       v.spec::text as spec, w.created_at, w.updated_at`;

/**
 * One Workflow with its current definition.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only. Caller: the api.
 */
export const getWorkflowStatement: Statement = {
  name: 'definition_get_workflow',
  text: `select ${WORKFLOW_COLUMNS} from workflows w join definition_versions v on v.id = w.version_id where w.name = $1`,
};

export interface WorkflowRow {
  readonly name: string;
  readonly active: boolean;
  readonly version_id: string;
  readonly hash: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly default_priority: string;
  readonly concurrency: number | null;
  /** JSON text. */
  readonly spec: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export async function getWorkflowRow(q: Queryable, name: string): Promise<WorkflowRow | undefined> {
  return (await q.query<WorkflowRow>(getWorkflowStatement, [name]))[0];
}
