import type { Queryable, Statement } from '../db.js';
import type { FindTaskIdsInput, FoundId } from './list-input.js';

const PERIOD = `r.created_at > coalesce($3::timestamptz, '-infinity') and r.created_at < coalesce($4::timestamptz, 'infinity')`;

/** The place leads, record by record: `offset 0` keeps the planner from going through the history and asking the place. */
const newestOf = (place: string, id: string, condition: string): string => `
(select r.id from ${place} x
  cross join lateral (
    select * from task_records r where r.id = x.${id} and ${PERIOD} and ($7::text is null or r.task_name = $7) offset 0) r
  where x.${id} >= $1 and x.${id} < $2 and ${condition}
  order by x.${id} desc limit $6)`;

/**
 * Newest task instances that have not ended, out of the places where they wait and run: however long the history is, it is
 * not looked at.
 *
 * Locks: none. Index: task_queue_by_id and the primary keys of task_delayed, task_blocked and task_leases, backwards until
 * the page is full; push_jobs_open_by_task. Idempotent: reads only. Caller: listTaskInstances.
 */
export const findLiveStatement: Statement = {
  name: 'instance_find_live',
  planEachTime: true,
  text: `
select id from (${[
    newestOf('task_leases', 'id', `'running' = any ($5::text[])`),
    newestOf('task_queue', 'id', 'r.status = any ($5::text[])'),
    newestOf('task_delayed', 'id', 'r.status = any ($5::text[])'),
    newestOf('task_blocked', 'id', 'r.status = any ($5::text[])'),
    newestOf('push_jobs', 'task_instance_id', `r.status = any ($5::text[]) and x.phase not in ('done', 'lost_final')`),
  ].join('\nunion')}
) live
 order by id desc
 limit $6`,
};

export function findLiveTasks(q: Queryable, input: FindTaskIdsInput): Promise<FoundId[]> {
  const { low, high, createdAfter, createdBefore, statuses = [], task, limit } = input;
  const period = [createdAfter ?? null, createdBefore ?? null];
  return q.query<FoundId>(findLiveStatement, [low, high, ...period, statuses, limit, task ?? null]);
}
