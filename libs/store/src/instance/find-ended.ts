import type { Queryable, Statement } from '../db.js';

/**
 * Which of these instances have ended.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only. Caller: the api, for those who wait for an end.
 */
export const findEndedStatement: Statement = {
  name: 'instance_find_ended',
  text: `
select 'task' as kind, id from task_records where id = any ($1::bigint[]) and finished_at is not null
 union all
select 'workflow', id from workflow_instances where id = any ($2::bigint[]) and finished_at is not null`,
};

export interface EndedInstances {
  readonly task: readonly string[];
  readonly workflow: readonly string[];
}

export async function findEndedInstances(
  q: Queryable,
  ids: EndedInstances,
): Promise<{ task: string[]; workflow: string[] }> {
  const rows = await q.query<{ kind: string; id: string }>(findEndedStatement, [ids.task, ids.workflow]);
  const idsOf = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.id);
  return { task: idsOf('task'), workflow: idsOf('workflow') };
}
