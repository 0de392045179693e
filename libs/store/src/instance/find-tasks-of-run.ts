import type { Queryable, Statement } from '../db.js';
import type { FindTaskIdsInput, FoundId } from './list-input.js';

/**
 * Newest task instances of one workflow instance, in any status.
 *
 * Locks: none. Index: task_records_node, all of the run's. Idempotent: reads only. Caller: listTaskInstances.
 */
export const findTasksOfRunStatement: Statement = {
  name: 'instance_find_of_run',
  text: `
select r.id
  from task_records r
  left join task_leases l on l.id = r.id
 where r.workflow_instance_id = $7 and r.id >= $1 and r.id < $2
   and r.created_at > coalesce($3::timestamptz, '-infinity') and r.created_at < coalesce($4::timestamptz, 'infinity')
   and ($5::text[] is null or case when l.id is null then r.status else 'running' end = any ($5::text[]))
   and ($8::text is null or r.task_name = $8)
 order by r.id desc
 limit $6`,
};

export function findTasksOfRun(
  q: Queryable,
  input: FindTaskIdsInput & { readonly workflowInstanceId: string },
): Promise<FoundId[]> {
  const { low, high, createdAfter, createdBefore, statuses, task, limit, workflowInstanceId } = input;
  const period = [createdAfter ?? null, createdBefore ?? null];
  return q.query<FoundId>(findTasksOfRunStatement, [
    low,
    high,
    ...period,
    statuses ?? null,
    limit,
    workflowInstanceId,
    task ?? null,
  ]);
}
