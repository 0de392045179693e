import { column } from '../columns.js';
import type { Queryable, Statement } from '../db.js';

/**
 * Makes workflow instances, queued; the scheduler starts them.
 *
 * Locks: none but those of the new rows. Index: none. Idempotent: no; the caller holds the unique key, the request id or
 * the slot that makes a repetition harmless. Caller: submit, fire-due.
 */
export const insertWorkflowInstancesStatement: Statement = {
  name: 'workflow_insert_instances',
  text: `
with input as materialized (
  select coalesce(u.id, nextval('workflow_instances_id_seq')) as new_id, coalesce(u.run_at, m.now) as due, m.now, u.*
    from unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
                $9::bigint[], $10::text[], $11::bigint[], $12::integer[], $13::text[], $14::text[], $15::text[],
                $16::timestamptz[], $17::bigint[], $18::timestamptz[], $19::bigint[])
         with ordinality as u (id, workflow_name, version_id, priority, params, run_at, scheduled_for, schedule_id, unique_key,
                parent_task_instance_id, nodes_total, trace_parent, trace_state, submitted_by, start_by, start_within_ms,
                finish_by, finish_within_ms, ord)
   cross join (select coalesce($1::timestamptz, statement_timestamp()) as now) m
), made as (
  insert into workflow_instances (
         id, workflow_name, version_id, status, priority, params, run_at, scheduled_for, schedule_id, unique_key,
         parent_task_instance_id, nodes_total, trace_parent, trace_state, submitted_by, start_by, finish_by, created_at)
  overriding system value
  select new_id, workflow_name, version_id, 'queued', priority, coalesce(params, '{}')::jsonb, due, scheduled_for,
         schedule_id, unique_key, parent_task_instance_id, nodes_total, trace_parent, trace_state, submitted_by,
         coalesce(start_by, due + start_within_ms * interval '1 millisecond'),
         coalesce(finish_by, due + finish_within_ms * interval '1 millisecond'), now
    from input order by ord
  returning id, start_by, finish_by
), watched as (
  insert into sla_watches (due_at, kind, workflow_instance_id)
  select start_by, 'start', id from made where start_by is not null
  union all
  select finish_by, 'finish', id from made where finish_by is not null
)
select new_id as id from input order by ord`,
};

export interface WorkflowInstanceRow {
  /** One that was taken from the sequence before, by reserveWorkflowIds. */
  readonly id?: string | undefined;
  readonly workflowName: string;
  readonly versionId: string;
  readonly priority: string;
  /** JSON text of an object. */
  readonly params?: string | undefined;
  /** Not started before; at once when absent. */
  readonly runAt?: Date | undefined;
  readonly scheduledFor?: Date | undefined;
  readonly scheduleId?: string | undefined;
  readonly uniqueKey?: string | undefined;
  readonly parentTaskInstanceId?: string | undefined;
  readonly nodesTotal: number;
  readonly traceParent?: string | undefined;
  readonly traceState?: string | undefined;
  readonly submittedBy?: string | undefined;
  readonly startBy?: Date | undefined;
  readonly startWithinMs?: number | undefined;
  readonly finishBy?: Date | undefined;
  readonly finishWithinMs?: number | undefined;
}

export function insertWorkflowInstances(
  q: Queryable,
  rows: readonly WorkflowInstanceRow[],
  now?: Date,
): Promise<{ id: string }[]> {
  return q.query(insertWorkflowInstancesStatement, [
    now ?? null,
    column(rows, (row) => row.id),
    column(rows, (row) => row.workflowName),
    column(rows, (row) => row.versionId),
    column(rows, (row) => row.priority),
    column(rows, (row) => (row.params === '{}' ? undefined : row.params)),
    column(rows, (row) => row.runAt),
    column(rows, (row) => row.scheduledFor),
    column(rows, (row) => row.scheduleId),
    column(rows, (row) => row.uniqueKey),
    column(rows, (row) => row.parentTaskInstanceId),
    column(rows, (row) => row.nodesTotal),
    column(rows, (row) => row.traceParent),
    column(rows, (row) => row.traceState),
    column(rows, (row) => row.submittedBy),
    column(rows, (row) => row.startBy),
    column(rows, (row) => row.startWithinMs),
    column(rows, (row) => row.finishBy),
    column(rows, (row) => row.finishWithinMs),
  ]);
}
