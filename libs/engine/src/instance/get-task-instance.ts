import { parseId } from '@taskflow/domain';
import { getTaskInstances, type TaskInstanceDetailRow } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { noTaskInstance } from './not-found.js';

/** A task instance as it is now. @throws InvalidInput, NotFound (TASK_INSTANCE_NOT_FOUND) */
export async function getTaskInstance(ctx: Ctx, input: { readonly id: string }): Promise<TaskInstanceDetailRow> {
  const id = parseId(input.id, 'id');
  const [row] = await getTaskInstances(ctx.db, [id]);
  if (row === undefined) throw noTaskInstance(id);
  return row;
}
