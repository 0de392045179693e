import { NotFound, parseId } from '@taskflow/domain';
import { requestWorkflowCancel } from '@taskflow/store';
import { recordChanges } from '../access/record-changes.js';
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
  const found = await ctx.db.tx(async (q) => {
    const asked = await requestWorkflowCancel(q, { id, reason, actor: ctx.actor });
    if (asked?.changed) await recordChanges(ctx, q, [{ kind: 'workflow_instance', target: id, detail: { reason } }]);
    return asked;
  });
  if (!found)
    throw new NotFound(`There is no workflow instance ${id}; list them with \`taskflow run list\`.`, {
      metadata: { id },
    });
  if (found.changed) ctx.wake.workflowChanged();
}
