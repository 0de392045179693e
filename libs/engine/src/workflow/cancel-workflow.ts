import { NotFound, parseId } from '@taskflow/domain';
import { requestWorkflowCancel } from '@taskflow/store';
import type { Ctx } from '../context.js';

export interface CancelWorkflowInput {
  readonly id: string;
  /** Free text for the history. */
  readonly reason?: string | undefined;
}

/**
 * Cancels a workflow instance: at once when it is queued; when it runs, the scheduler cancels every task of it that has
 * not ended, and then ends it. One that has ended, or is being cancelled already, is left as it is.
 *
 * @throws NotFound
 */
export async function cancelWorkflowInstance(ctx: Ctx, input: CancelWorkflowInput): Promise<void> {
  const id = parseId(input.id, 'id');
  const reason = input.reason === undefined || input.reason === '' ? `cancelled by ${ctx.actor}` : input.reason;
  const found = await requestWorkflowCancel(ctx.db, { id, reason, actor: ctx.actor });
  if (!found)
    throw new NotFound(`There is no workflow instance ${id}; list them with \`taskflow run list\`.`, {
      metadata: { id },
    });
  if (found.changed) ctx.wake.workflowChanged();
}
