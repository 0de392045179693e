import { NotFound, parseId } from '@taskflow/domain';
import { taskExists } from '@taskflow/store';
import { recordChanges } from '../access/record-changes.js';
import type { Ctx } from '../context.js';
import { admitBlocked } from '../limit/admit-blocked.js';
import { cancelOpenTasks } from './cancel-open-tasks.js';

export interface CancelTaskInput {
  readonly id: string;
  /** Free text for the history. */
  readonly reason?: string | undefined;
}

/**
 * Cancels a task instance: at once when it waits; when it runs, its worker or destination is asked to stop it, and should that
 * be dead, it ends as cancelled when its lease does. One that has ended, or is being cancelled already, is left as it is.
 *
 * @throws NotFound
 */
export async function cancelTaskInstance(ctx: Ctx, input: CancelTaskInput): Promise<void> {
  const id = parseId(input.id, 'id');
  const reason = input.reason === undefined || input.reason === '' ? `cancelled by ${ctx.actor}` : input.reason;
  const { cancelled, laneIds } = await ctx.db.tx(async (q) => {
    const cancelled = await cancelOpenTasks(q, { ids: [id], reason, actor: ctx.actor });
    if (cancelled.ended.length + cancelled.requested.length > 0) {
      await recordChanges(ctx, q, [{ kind: 'task_instance', target: id, detail: { reason } }]);
    }
    return { cancelled, ...(await admitBlocked(q, cancelled.freedKeys)) };
  });
  if (cancelled.ended.length > 0) {
    ctx.wake.ended(cancelled.ended);
    ctx.wake.workflowChanged();
  }
  if (cancelled.requested.length > 0) ctx.wake.cancelRequested();
  if (laneIds.length > 0) ctx.wake.ready(laneIds);
  if (cancelled.ended.length + cancelled.requested.length > 0 || (await taskExists(ctx.db, id))) return;
  throw new NotFound(`There is no task instance ${id}; list them with \`taskflow task list\`.`, { metadata: { id } });
}
