import type { Queryable, Statement } from '../db.js';

const COLUMNS = `
       id, workflow_name, version_id, status, reason, message, priority, params::text as params, output::text as output,
       unique_key, trace_parent, nodes_total, nodes_done, run_at, scheduled_for, created_at, started_at, finished_at,
       cancel_requested_at, sla_missed_at`;

/**
 * One workflow instance.
 *
 * Locks: none. Index: primary key. Idempotent: reads only. Caller: the api.
 */
export const getWorkflowInstanceStatement: Statement = {
  name: 'instance_get_workflow',
  text: `select ${COLUMNS} from workflow_instances where id = $1`,
};

const PERIOD = `id >= $1 and id < $2
   and created_at > coalesce($3::timestamptz, '-infinity') and created_at < coalesce($4::timestamptz, 'infinity')`;

/**
 * Newest workflow instances of any Workflow and status.
 *
 * Locks: none. Index: primary key, until the page is full. Idempotent: reads only. Caller: listWorkflowInstances.
 */
export const listRunsStatement: Statement = {
  name: 'instance_list_workflows',
  text: `select ${COLUMNS} from workflow_instances where ${PERIOD} order by id desc limit $5`,
};

/**
 * Newest workflow instances of one Workflow.
 *
 * Locks: none. Index: workflow_instances_by_name or, for a common Workflow, the primary key; until the page is full.
 * Idempotent: reads only. Caller: listWorkflowInstances.
 */
export const listRunsOfWorkflowStatement: Statement = {
  name: 'instance_list_workflows_of',
  planEachTime: true,
  text: `
select ${COLUMNS} from workflow_instances
 where workflow_name = $6 and ${PERIOD} and ($7::text[] is null or status = any ($7::text[]))
 order by id desc
 limit $5`,
};

/**
 * Newest workflow instances in one status.
 *
 * Locks: none. Index: workflow_instances_by_status or, for a common status, the primary key; until the page is full.
 * Idempotent: reads only. Caller: listWorkflowInstances.
 */
export const listRunsInStatusStatement: Statement = {
  name: 'instance_list_workflows_in_status',
  planEachTime: true,
  text: `select ${COLUMNS} from workflow_instances where status = $6 and ${PERIOD} order by id desc limit $5`,
};

export interface WorkflowInstanceDetailRow {
  readonly id: string;
  readonly workflow_name: string;
  readonly version_id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly priority: string;
  /** JSON text. */
  readonly params: string;
  /** JSON text. */
  readonly output: string | null;
  readonly unique_key: string | null;
  readonly trace_parent: string | null;
  readonly nodes_total: number;
  readonly nodes_done: number;
  readonly run_at: Date;
  readonly scheduled_for: Date | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly cancel_requested_at: Date | null;
  readonly sla_missed_at: Date | null;
}

export async function getWorkflowInstanceRow(q: Queryable, id: string): Promise<WorkflowInstanceDetailRow | undefined> {
  return (await q.query<WorkflowInstanceDetailRow>(getWorkflowInstanceStatement, [id]))[0];
}

export interface ListRunsInput {
  readonly low: string;
  readonly high: string;
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly workflow?: string | undefined;
  /** All when absent. */
  readonly statuses?: readonly string[] | undefined;
  readonly limit: number;
}

export async function listWorkflowInstanceRows(
  q: Queryable,
  input: ListRunsInput,
): Promise<WorkflowInstanceDetailRow[]> {
  const { low, high, createdAfter, createdBefore, workflow, statuses, limit } = input;
  const values = [low, high, createdAfter ?? null, createdBefore ?? null, limit];
  if (workflow !== undefined) return q.query(listRunsOfWorkflowStatement, [...values, workflow, statuses ?? null]);
  if (statuses === undefined) return q.query(listRunsStatement, values);
  const found: WorkflowInstanceDetailRow[] = [];
  for (const status of statuses)
    found.push(...(await q.query<WorkflowInstanceDetailRow>(listRunsInStatusStatement, [...values, status])));
  return found.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1)).slice(0, limit);
}
