import type { Queryable, Statement } from '../db.js';
import type { FindTaskIdsInput, FoundId } from './list-input.js';

/**
 * Newest task instances by what their record says: of any status, or in a status that does not change for a lease.
 *
 * Locks: none. Index: primary key, backwards until the page is full. Idempotent: reads only. Caller: listTaskInstances.
 */
export const findRecordedStatement: Statement = {
  name: 'instance_find_recorded',
  planEachTime: true,
  text: `
select r.id
  from task_records r
 where r.id >= $1 and r.id < $2
   and r.created_at > coalesce($3::timestamptz, '-infinity') and r.created_at < coalesce($4::timestamptz, 'infinity')
   and ($5::text[] is null or r.status = any ($5::text[]))
 order by r.id desc
 limit $6`,
};

/**
 * As findRecordedStatement, of one Task.
 *
 * Locks: none. Index: task_records_by_task or, for a common Task, the primary key; until the page is full. Idempotent: reads only. Caller: listTaskInstances.
 */
export const findRecordedOfTaskStatement: Statement = {
  name: 'instance_find_recorded_of_task',
  planEachTime: true,
  text: `
select r.id
  from task_records r
 where r.task_name = $7 and r.id >= $1 and r.id < $2
   and r.created_at > coalesce($3::timestamptz, '-infinity') and r.created_at < coalesce($4::timestamptz, 'infinity')
   and ($5::text[] is null or r.status = any ($5::text[]))
 order by r.id desc
 limit $6`,
};

export function findRecordedTasks(q: Queryable, input: FindTaskIdsInput): Promise<FoundId[]> {
  const { low, high, createdAfter, createdBefore, statuses, task, limit } = input;
  const values = [low, high, createdAfter ?? null, createdBefore ?? null, statuses ?? null, limit];
  return task === undefined
    ? q.query<FoundId>(findRecordedStatement, values)
    : q.query<FoundId>(findRecordedOfTaskStatement, [...values, task]);
}
