import { setActiveRow, type TaskRow, type WorkflowRow } from '@taskflow/store';
import { recordChanges } from '../access/record-changes.js';
import type { Ctx } from '../context.js';
import { getTask } from './read-tasks.js';
import { getWorkflow } from './read-workflows.js';

export interface SetActiveInput {
  readonly name: string;
  readonly active: boolean;
}

/**
 * Turns a Task on or off; the choice outlives every registration. Schedules of an inactive Task make no instance (their slots
 * say so); it can still be submitted by hand. Idempotent. @throws NotFound
 */
export async function setTaskActive(ctx: Ctx, input: SetActiveInput): Promise<TaskRow> {
  await set(ctx, { ...input, kind: 'task' });
  return getTask(ctx, input);
}

/** As setTaskActive, of a Workflow. */
export async function setWorkflowActive(ctx: Ctx, input: SetActiveInput): Promise<WorkflowRow> {
  await set(ctx, { ...input, kind: 'workflow' });
  return getWorkflow(ctx, input);
}

async function set(ctx: Ctx, input: SetActiveInput & { readonly kind: 'task' | 'workflow' }): Promise<void> {
  const { kind, name, active } = input;
  await ctx.db.tx(async (q) => {
    if (await setActiveRow(q, input)) await recordChanges(ctx, q, [{ kind, target: name, detail: { active } }]);
  });
  ctx.wake.scheduleChanged();
}
