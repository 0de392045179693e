import type { Queryable, Statement } from '../db.js';
import type { WorkflowInstanceRow } from '../workflow/insert-workflow-instances.js';
import { requestParts, type AnsweredRequest } from './submit-tasks.js';

/**
 * A whole submission in one statement: an instance of a Workflow that may start at once, with the request that it answers. Nothing
 * is made, and the answer is empty, when the Workflow is no longer what the caller thinks that it is, or the request was
 * answered within a day.
 *
 * Locks: those of the new rows; waits for a transaction that is answering the same request. Index: primary keys.
 * Idempotent: by the request id, where there is one. Caller: submit.
 */
export const submitWorkflowRunStatement: Statement = {
  name: 'submission_submit_run',
  text: `
with target as materialized (
  select from workflows where name = $3 and version_id = $4::bigint and default_priority = $5
), input as materialized (
  select nextval('workflow_instances_id_seq') as id, 1 as ord from target
), ${requestParts()}, made as (
  insert into workflow_instances (
         id, workflow_name, version_id, status, priority, params, run_at, nodes_total, trace_parent, trace_state, submitted_by,
         start_by, finish_by, created_at)
  overriding system value
  select id, $3, $4::bigint, 'queued', $6, $7::jsonb, statement_timestamp(), $8::integer, $9, $10, $11,
         statement_timestamp() + $12::bigint * interval '1 millisecond',
         statement_timestamp() + $13::bigint * interval '1 millisecond', statement_timestamp()
    from input where $1::text is null or exists (select from request)
  returning id, start_by, finish_by
), watched as (
  insert into sla_watches (due_at, kind, workflow_instance_id)
  select start_by, 'start', id from made where start_by is not null
  union all
  select finish_by, 'finish', id from made where finish_by is not null
)
select id from made`,
};

export interface SubmittedRun extends Pick<
  WorkflowInstanceRow,
  | 'workflowName'
  | 'versionId'
  | 'priority'
  | 'params'
  | 'nodesTotal'
  | 'traceParent'
  | 'traceState'
  | 'submittedBy'
  | 'startWithinMs'
  | 'finishWithinMs'
> {
  readonly request?: AnsweredRequest | undefined;
  /** What the Workflow is thought to have. */
  readonly defaultPriority: string;
}

/** Its id; undefined: nothing was made. */
export async function submitWorkflowRun(q: Queryable, run: SubmittedRun): Promise<string | undefined> {
  const [made] = await q.query<{ id: string }>(submitWorkflowRunStatement, [
    run.request?.id ?? null,
    run.request?.digest ?? null,
    run.workflowName,
    run.versionId,
    run.defaultPriority,
    run.priority,
    run.params ?? '{}',
    run.nodesTotal,
    run.traceParent ?? null,
    run.traceState ?? null,
    run.submittedBy ?? null,
    run.startWithinMs ?? null,
    run.finishWithinMs ?? null,
  ]);
  return made?.id;
}
