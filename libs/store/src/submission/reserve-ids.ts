import type { Queryable, Statement } from '../db.js';

/**
 * Ids of instances that are about to be made, so that their unique keys can name them first.
 *
 * Locks: none. Index: none. Idempotent: ids that are not used leave a gap. Caller: submit with unique keys.
 */
export const reserveIdsStatement: Statement = {
  name: 'submission_reserve_ids',
  text: `
select 'task' as kind, nextval('task_records_id_seq') as id from generate_series(1, $1)
 union all
select 'workflow', nextval('workflow_instances_id_seq') from generate_series(1, $2)`,
};

export interface ReservedIds {
  readonly tasks: readonly string[];
  readonly workflows: readonly string[];
}

export async function reserveIds(q: Queryable, tasks: number, workflows: number): Promise<ReservedIds> {
  const rows = await q.query<{ kind: string; id: string }>(reserveIdsStatement, [tasks, workflows]);
  const idsOf = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.id);
  return { tasks: idsOf('task'), workflows: idsOf('workflow') };
}
