import type { Ctx } from '../context.js';
import type { Written } from './write-decisions.js';

/** Hints for those who wait for what was written. */
export function announce(ctx: Ctx, written: Written): void {
  if (written.laneIds.length > 0) ctx.wake.ready(written.laneIds);
  if (written.cancelled) ctx.wake.cancelRequested();
  // What was cancelled in a queue has ended, which is a change; a run that has ended makes room for the next of its Workflow.
  if (written.cancelled || written.endedRuns.length > 0) ctx.wake.workflowChanged();
  if (written.endedRuns.length > 0) ctx.wake.workflowEnded(written.endedRuns);
}
