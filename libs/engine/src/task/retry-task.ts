import { IllegalTransition, NotFound, parseId, taskStatesAllowing } from '@taskflow/domain';
import { redrive } from '@taskflow/store';
import { recordChanges } from '../access/record-changes.js';
import type { Ctx } from '../context.js';
import { admitBlocked } from '../limit/admit-blocked.js';
import { RANK_OFFSETS } from './rank-offsets.js';

/**
 * Runs an ended task instance again, in the version and with the params that it had, with fresh retry budgets. Earlier
 * attempts stay in the history and attempts count on.
 *
 * @throws NotFound
 * @throws IllegalTransition when it has not ended, or belongs to a workflow instance, which is run again as a whole
 */
export async function retryTaskInstance(ctx: Ctx, input: { readonly id: string }): Promise<void> {
  const id = parseId(input.id, 'id');
  const found = await ctx.db.tx(async (q) => {
    const row = await redrive(q, {
      id,
      from: taskStatesAllowing('redrive'),
      rankOffsets: RANK_OFFSETS,
      actor: ctx.actor,
    });
    if (!row || row.lane_id === null) return row && { ...row, laneIds: [] };
    await recordChanges(ctx, q, [{ kind: 'task_instance', target: id }]);
    const laneIds = row.limit_keys === null ? [row.lane_id] : (await admitBlocked(q, row.limit_keys)).laneIds;
    return { ...row, laneIds };
  });
  if (!found) {
    throw new NotFound(`There is no task instance ${id}; list them with \`taskflow task list\`.`, { metadata: { id } });
  }
  if (found.workflow_instance_id !== null) {
    throw new IllegalTransition(
      `Task instance ${id} belongs to workflow instance ${found.workflow_instance_id}: run that again instead, it keeps what succeeded.`,
      { reason: 'PART_OF_WORKFLOW', metadata: { id, workflow_instance_id: found.workflow_instance_id } },
    );
  }
  if (found.lane_id === null) {
    throw new IllegalTransition(
      `Task instance ${id} is ${found.was}: only one that has ended can be run again. Cancel it first, or wait for its end.`,
      { metadata: { id, status: found.was } },
    );
  }
  if (found.laneIds.length > 0) ctx.wake.ready(found.laneIds);
}
