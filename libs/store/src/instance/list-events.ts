import type { Queryable, Statement } from '../db.js';

const COLUMNS = 'task_instance_id, workflow_instance_id, type, at, actor, reason, attempt, detail::text as detail';

/**
 * The history of a task instance.
 *
 * Locks: none. Index: primary keys, task_events_by_task. Idempotent: reads only. Caller: the api.
 */
export const listTaskEventsStatement: Statement = {
  name: 'instance_list_task_events',
  text: `select ${COLUMNS} from v_task_events where task_instance_id = $1 order by at, attempt nulls first, type limit $2`,
};

/**
 * The history of a workflow instance and of its tasks.
 *
 * Locks: none. Index: task_records_node, primary keys, task_events_by_workflow. Idempotent: reads only. Caller: the api.
 * Task by task (`offset 0`): joined freely, a million attempts would be read for the few of one run.
 */
export const listWorkflowEventsStatement: Statement = {
  name: 'instance_list_workflow_events',
  text: `
select ${COLUMNS}
  from (select id as workflow_instance_id, null::bigint as task_instance_id, 'submitted' as type, created_at as at,
               submitted_by as actor, null::text as reason, null::integer as attempt, null::jsonb as detail
          from workflow_instances where id = $1
        union all
        select workflow_instance_id, null, type, at, actor, reason, null, detail
          from task_events where workflow_instance_id = $1 and task_instance_id is null
        union all
        select r.workflow_instance_id, t.task_instance_id, t.type, t.at, t.actor, t.reason, t.attempt, t.detail
          from task_records r
         cross join lateral (select * from v_task_events v where v.task_instance_id = r.id offset 0) t
         where r.workflow_instance_id = $1) e
 order by at, task_instance_id nulls first, attempt nulls first, type
 limit $2`,
};

export interface EventRow {
  readonly task_instance_id: string | null;
  readonly workflow_instance_id: string | null;
  readonly type: string;
  readonly at: Date;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly attempt: number | null;
  /** JSON text. */
  readonly detail: string | null;
}

export function listEventRows(
  q: Queryable,
  input: { readonly kind: 'task' | 'workflow'; readonly id: string; readonly limit: number },
): Promise<EventRow[]> {
  const statement = input.kind === 'task' ? listTaskEventsStatement : listWorkflowEventsStatement;
  return q.query<EventRow>(statement, [input.id, input.limit]);
}
