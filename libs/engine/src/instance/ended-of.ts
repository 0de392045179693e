import { findEndedInstances, type EndedInstances } from '@taskflow/store';
import type { Ctx } from '../context.js';

/** Which of these instances have ended: one statement for everybody who waits. */
export async function endedOf(ctx: Ctx, ids: EndedInstances): Promise<{ task: string[]; workflow: string[] }> {
  if (ids.task.length === 0 && ids.workflow.length === 0) return { task: [], workflow: [] };
  return findEndedInstances(ctx.db, ids);
}
