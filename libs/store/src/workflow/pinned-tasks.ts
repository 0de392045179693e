import type { Queryable, Statement } from '../db.js';
import type { TaskTarget } from './current-tasks.js';

/**
 * Version and lane of Tasks that belong to one version of a workflow, by the hash of their definition: what a run is
 * pinned to stays what it is when the workflow is registered anew.
 *
 * Locks: none. Index: definition_versions (kind, name, hash); lanes (queue, task_name, …). Idempotent: reads only.
 * Caller: the scheduler, once per node and version.
 */
export const pinnedTasksStatement: Statement = {
  name: 'workflow_pinned_tasks',
  text: `
select v.name, v.hash, v.id as version_id, coalesce(l.id, t.lane_id) as lane_id
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
         u (name, hash, queue, handler, labels, destination)
  join definition_versions v on v.kind = 'task' and v.name = u.name and v.hash = u.hash
  left join lanes l on l.queue = u.queue and l.task_name = u.name and l.handler = u.handler
                   and l.labels = u.labels::jsonb and l.destination is not distinct from u.destination
  left join tasks t on t.name = u.name
 where coalesce(l.id, t.lane_id) is not null`,
};

export interface PinnedTask {
  readonly name: string;
  readonly hash: string;
  readonly queue: string;
  readonly handler: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly destination?: string | undefined;
}

export function pinnedTasks(
  q: Queryable,
  tasks: readonly PinnedTask[],
): Promise<(TaskTarget & { readonly hash: string })[]> {
  return q.query(pinnedTasksStatement, [
    tasks.map((task) => task.name),
    tasks.map((task) => task.hash),
    tasks.map((task) => task.queue),
    tasks.map((task) => task.handler),
    tasks.map((task) => JSON.stringify(task.labels)),
    tasks.map((task) => task.destination ?? null),
  ]);
}
