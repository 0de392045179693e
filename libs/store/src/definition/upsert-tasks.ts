import { column } from '../columns.js';
import type { Queryable, Statement } from '../db.js';

/**
 * Makes versions of Tasks the current ones. Whether a Task is active is set only when it is new.
 *
 * Locks: the rows, in the order of their names. Index: primary key. Idempotent: yes. Caller: applyDefinitions.
 */
export const upsertTasksStatement: Statement = {
  name: 'definition_upsert_tasks',
  text: `
insert into tasks as t (name, active, version_id, lane_id, title, description, queue, default_priority, push_destination,
                        concurrency, workflow_name)
select * from unnest($1::text[], $2::boolean[], $3::bigint[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::integer[], $11::text[]) as u (name) order by u.name
on conflict (name) do update
   set version_id = excluded.version_id, lane_id = excluded.lane_id, title = excluded.title,
       description = excluded.description, queue = excluded.queue, default_priority = excluded.default_priority,
       push_destination = excluded.push_destination, concurrency = excluded.concurrency, updated_at = clock_timestamp()
 where t.version_id <> excluded.version_id`,
};

export interface CurrentTask {
  readonly name: string;
  readonly active: boolean;
  readonly versionId: string;
  readonly laneId: number;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly queue: string;
  readonly defaultPriority: string;
  readonly pushDestination?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly workflowName?: string | undefined;
}

export async function upsertTasks(q: Queryable, tasks: readonly CurrentTask[]): Promise<void> {
  await q.query(upsertTasksStatement, [
    column(tasks, (task) => task.name),
    column(tasks, (task) => task.active),
    column(tasks, (task) => task.versionId),
    column(tasks, (task) => task.laneId),
    column(tasks, (task) => task.title),
    column(tasks, (task) => task.description),
    column(tasks, (task) => task.queue),
    column(tasks, (task) => task.defaultPriority),
    column(tasks, (task) => task.pushDestination),
    column(tasks, (task) => task.concurrency),
    column(tasks, (task) => task.workflowName),
  ]);
}
