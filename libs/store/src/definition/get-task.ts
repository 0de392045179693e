import type { Queryable, Statement } from '../db.js';

export const TASK_COLUMNS = `
       t.name, t.active, t.version_id, v.hash, t.title, t.description, t.queue, t.default_priority, t.push_destination,
       t.concurrency, t.workflow_name, v.spec::text as spec, t.created_at, t.updated_at`;

/**
 * One Task with its current definition.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only. Caller: the api.
 */
export const getTaskStatement: Statement = {
  name: 'definition_get_task',
  text: `select ${TASK_COLUMNS} from tasks t join definition_versions v on v.id = t.version_id where t.name = $1`,
};

export interface TaskRow {
  readonly name: string;
  readonly active: boolean;
  readonly version_id: string;
  readonly hash: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly queue: string;
  readonly default_priority: string;
  readonly push_destination: string | null;
  readonly concurrency: number | null;
  /** The Workflow that an inline Task belongs to. */
  readonly workflow_name: string | null;
  /** JSON text. */
  readonly spec: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export async function getTaskRow(q: Queryable, name: string): Promise<TaskRow | undefined> {
  return (await q.query<TaskRow>(getTaskStatement, [name]))[0];
}
