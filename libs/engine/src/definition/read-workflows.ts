import { getWorkflowRow, listWorkflowRows, type WorkflowRow } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readPageSize, readPageToken, toPage, type Page } from '../page.js';
import { notRegistered } from './not-registered.js';
import type { ListDefinitions } from './read-tasks.js';

/** @throws NotFound (WORKFLOW_NOT_FOUND) */
export async function getWorkflow(ctx: Ctx, input: { readonly name: string }): Promise<WorkflowRow> {
  const row = await getWorkflowRow(ctx.db, input.name);
  if (row === undefined) throw await notRegistered(ctx.db, 'workflow', input.name);
  return row;
}

/** Workflows by name. */
export async function listWorkflows(ctx: Ctx, input: ListDefinitions): Promise<Page<WorkflowRow>> {
  const size = readPageSize(input.pageSize);
  const [after = ''] = readPageToken('workflows', input.pageToken) ?? [];
  const rows = await listWorkflowRows(ctx.db, { after, active: input.active, limit: size + 1 });
  return toPage('workflows', rows, size, (row) => [row.name]);
}
