import type { Queryable, Statement } from '../db.js';

/**
 * What tasks of workflows need before they run: the params of their workflow instances, and outputs of tasks before them.
 *
 * Locks: none. Index: primary key of workflow_instances, task_records_node. Idempotent: reads only. Caller: leaseTasks.
 */
export const loadInputsStatement: Statement = {
  name: 'lease_load_inputs',
  text: `
select w.id as workflow_instance_id, null as node_key, w.params::text as value, w.scheduled_for
  from workflow_instances w where w.id = any ($1::bigint[])
union all
select r.workflow_instance_id, r.node_key, r.output::text, null
  from unnest($2::bigint[], $3::text[]) g (workflow_instance_id, node_key)
  join task_records r on r.workflow_instance_id = g.workflow_instance_id and r.node_key = g.node_key and r.map_index = -1`,
};

export interface InputRow {
  readonly workflow_instance_id: string;
  /** Null: the row of the workflow instance itself. */
  readonly node_key: string | null;
  /** JSON text: params of the workflow instance, or output of the task. */
  readonly value: string | null;
  readonly scheduled_for: Date | null;
}

export function loadInputs(
  q: Queryable,
  workflowInstanceIds: readonly string[],
  nodes: readonly { readonly workflowInstanceId: string; readonly key: string }[],
): Promise<InputRow[]> {
  return q.query<InputRow>(loadInputsStatement, [
    workflowInstanceIds,
    nodes.map((node) => node.workflowInstanceId),
    nodes.map((node) => node.key),
  ]);
}
