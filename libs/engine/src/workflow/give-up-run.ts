import { endFaulty, fenceTerm, markFaulty, markRunning, retakeChanges } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { admitBlocked } from '../limit/admit-blocked.js';
import { cancelOpenTasks } from '../task/cancel-open-tasks.js';
import { announce } from './announce.js';
import type { Written } from './write-decisions.js';

export interface GiveUpInput {
  readonly id: string;
  readonly error: unknown;
  /** Changes of it that could not be applied. */
  readonly changes?: readonly string[] | undefined;
}

const MOST_TOLD = 500;

/**
 * Takes a workflow instance out of the way that cannot be decided about, so that the others go on: what runs of it is
 * cancelled, and then it ends as failed with the reason ENGINE_FAULT. Run again, it goes on from what succeeded.
 */
export async function giveUpRun(ctx: SchedulerCtx, { id, error, changes = [] }: GiveUpInput): Promise<Written> {
  ctx.logger.error({ err: error, workflow_instance_id: id }, 'a workflow instance is given up: it cannot be decided');
  const message =
    `The scheduler could not decide what follows: ${wordsOf(error)}. ` +
    `What succeeded is kept; \`taskflow run retry ${id}\` goes on from there.`;
  const written = await ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    await retakeChanges(q, changes);
    await markRunning(q, { ids: [id], timeoutsMs: [null] });
    await markFaulty(q, { id, message });
    const open = { workflowInstanceIds: [id], reason: 'its workflow instance could not go on', actor: 'scheduler' };
    const { freedKeys, requested } = await cancelOpenTasks(q, open);
    const { laneIds } = freedKeys.length > 0 ? await admitBlocked(q, [...freedKeys]) : { laneIds: [] };
    return { laneIds, endedRuns: await endFaulty(q, [id]), cancelled: requested.length > 0 };
  });
  announce(ctx, written);
  return written;
}

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.replaceAll('\0', '').slice(0, MOST_TOLD);
}
