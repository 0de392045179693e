import { IllegalTransition, NotFound, parseId, workflowStatesAllowing } from '@taskflow/domain';
import { requeueRun } from '@taskflow/store';
import { recordChanges } from '../access/record-changes.js';
import type { Ctx } from '../context.js';

/**
 * Queues an ended workflow instance again, in the version that it had. Tasks that succeeded are kept with their outputs;
 * failed, cancelled and skipped ones are decided and run anew, their earlier attempts stay in the history.
 *
 * @throws NotFound
 * @throws IllegalTransition when it has not ended
 */
export async function rerunWorkflowInstance(ctx: Ctx, input: { readonly id: string }): Promise<void> {
  const id = parseId(input.id, 'id');
  const found = await ctx.db.tx(async (q) => {
    const requeued = await requeueRun(q, { id, from: workflowStatesAllowing('rerun'), actor: ctx.actor });
    if (requeued && requeued.run_number !== null) {
      const detail = { run_number: requeued.run_number };
      await recordChanges(ctx, q, [{ kind: 'workflow_instance', target: id, detail }]);
    }
    return requeued;
  });
  if (!found)
    throw new NotFound(`There is no workflow instance ${id}; list them with \`taskflow run list\`.`, {
      metadata: { id },
    });
  if (found.run_number === null) {
    throw new IllegalTransition(
      `Workflow instance ${id} is ${found.was}: only one that has ended can be run again. Cancel it first, or wait for its end.`,
      { metadata: { id, status: found.was } },
    );
  }
  ctx.wake.workflowChanged();
}
