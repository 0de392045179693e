import type { Queryable, Statement } from '../db.js';
import type { FindTaskIdsInput, FoundId } from './list-input.js';

/** By id, record by record: `offset 0` keeps the planner from going through the history instead. */
const recordOf = (id: string, more = ''): string => `cross join lateral (
    select * from task_records r
     where r.id = ${id}${more} and r.status = $5 and ($7::text is null or r.task_name = $7)
       and r.created_at > coalesce($3::timestamptz, '-infinity') and r.created_at < coalesce($4::timestamptz, 'infinity')
    offset 0) r`;

/**
 * Newest task instances that ended in one status other than success, among millions that succeeded: by their last attempt
 * or, where none was made, by the event that ended them. One that was queued again since is not among them.
 *
 * Locks: none. Index: task_attempts_not_success, task_events_by_type, each backwards until the page is full. Idempotent:
 * reads only. Caller: listTaskInstances.
 */
export const findUnsuccessfulStatement: Statement = {
  name: 'instance_find_unsuccessful',
  planEachTime: true,
  text: `
(select r.id from task_attempts a ${recordOf('a.task_instance_id', ' and r.attempt = a.attempt')}
  where a.next_status = $5 and a.outcome <> 'success' and a.task_instance_id >= $1 and a.task_instance_id < $2
  order by a.task_instance_id desc limit $6)
 union
(select r.id from task_events e ${recordOf('e.task_instance_id')}
  where e.type = $5 and e.task_instance_id >= $1 and e.task_instance_id < $2
  order by e.task_instance_id desc limit $6)
 order by id desc
 limit $6`,
};

export async function findUnsuccessfulTasks(q: Queryable, input: FindTaskIdsInput): Promise<FoundId[]> {
  const { low, high, createdAfter, createdBefore, statuses = [], task, limit } = input;
  const period = [createdAfter ?? null, createdBefore ?? null];
  const found: FoundId[] = [];
  for (const status of statuses) {
    found.push(
      ...(await q.query<FoundId>(findUnsuccessfulStatement, [low, high, ...period, status, limit, task ?? null])),
    );
  }
  return found;
}
