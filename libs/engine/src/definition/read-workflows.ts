import { getWorkflowRow, listWorkflowRows, type WorkflowRow } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readPageSize, readPageToken, type Page } from '../page.js';
import { readPage } from '../read-page.js';
import { notRegistered } from './not-registered.js';
import type { ListDefinitions } from './read-tasks.js';

/** @throws NotFound (WORKFLOW_NOT_FOUND) */
export async function getWorkflow(ctx: Ctx, input: { readonly name: string }): Promise<WorkflowRow> {
  const row = await getWorkflowRow(ctx.db, input.name);
  if (row === undefined) throw await notRegistered(ctx.db, 'workflow', input.name);
  return row;
}

/** Workflows by name; fewer on a page than asked for where they are large. */
export async function listWorkflows(ctx: Ctx, input: ListDefinitions): Promise<Page<WorkflowRow>> {
  const size = readPageSize(input.pageSize);
  const [after = ''] = readPageToken('workflows', input.pageToken) ?? [];
  return readPage<WorkflowRow>('workflows', size, {
    step: 32,
    read: (limit, last) => listWorkflowRows(ctx.db, { after: last?.name ?? after, active: input.active, limit }),
    bytesOf: ({ spec }) => Buffer.byteLength(spec),
    keyOf: ({ name }) => [name],
  });
}
