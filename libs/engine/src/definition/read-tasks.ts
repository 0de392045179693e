import { getTaskRow, listTaskRows, type TaskRow } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readPageSize, readPageToken, type Page, type PageInput } from '../page.js';
import { readPage } from '../read-page.js';
import { notRegistered } from './not-registered.js';

export interface ListDefinitions extends PageInput {
  /** Only active or inactive ones; both when absent. */
  readonly active?: boolean | undefined;
}

/** @throws NotFound (TASK_NOT_FOUND) */
export async function getTask(ctx: Ctx, input: { readonly name: string }): Promise<TaskRow> {
  const row = await getTaskRow(ctx.db, input.name);
  if (row === undefined) throw await notRegistered(ctx.db, 'task', input.name);
  return row;
}

/** Tasks by name; fewer on a page than asked for where they are large. */
export async function listTasks(ctx: Ctx, input: ListDefinitions): Promise<Page<TaskRow>> {
  const size = readPageSize(input.pageSize);
  const [after = ''] = readPageToken('tasks', input.pageToken) ?? [];
  return readPage<TaskRow>('tasks', size, {
    step: 32,
    read: (limit, last) => listTaskRows(ctx.db, { after: last?.name ?? after, active: input.active, limit }),
    bytesOf: ({ spec }) => Buffer.byteLength(spec),
    keyOf: ({ name }) => [name],
  });
}
