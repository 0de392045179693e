import { setActiveRow, type TaskRow, type WorkflowRow } from '@taskflow/store';
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
  await setActiveRow(ctx.db, { ...input, kind: 'task' });
  ctx.wake.scheduleChanged();
  return getTask(ctx, input);
}

/** As setTaskActive, of a Workflow. */
export async function setWorkflowActive(ctx: Ctx, input: SetActiveInput): Promise<WorkflowRow> {
  await setActiveRow(ctx.db, { ...input, kind: 'workflow' });
  ctx.wake.scheduleChanged();
  return getWorkflow(ctx, input);
}
