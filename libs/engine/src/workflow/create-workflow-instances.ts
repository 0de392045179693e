import type { Priority } from '@taskflow/domain';
import { insertWorkflowInstances, type Queryable, type WorkflowInstanceRow } from '@taskflow/store';

/** A workflow instance to be made. `params` is the JSON text of an object; times that are absent count from database time. */
export interface NewWorkflowInstance extends WorkflowInstanceRow {
  readonly priority: Priority;
}

/** Makes workflow instances in status queued, in one statement, and gives their ids in the order of the rows. */
export async function createWorkflowInstances(
  q: Queryable,
  rows: readonly NewWorkflowInstance[],
  options: { readonly now?: Date | undefined } = {},
): Promise<{ id: string }[]> {
  return rows.length === 0 ? [] : insertWorkflowInstances(q, rows, options.now);
}
