import { PRIORITIES, rankOffsetMs } from '@taskflow/domain';
import { fenceTerm, loadNodes, markRunning, pickStartable, type Queryable, type StartableRun } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { workflowSpecs } from '../definition/version-cache.js';
import { announce } from './advance-workflows.js';
import { decideRun, type RunDecision } from './decide-run.js';
import type { RunMemory } from './run-memory.js';
import { runPlan } from './run-plan.js';
import { writeDecisions } from './write-decisions.js';

export interface StartInput {
  readonly memory: RunMemory;
  /** Most workflow instances started at once; 200 by default. */
  readonly limit?: number | undefined;
  /** Database time when absent. */
  readonly now?: Date | undefined;
}

export interface Started {
  /** Workflow instances that were started; as many as the limit means that there may be more. */
  readonly runs: number;
}

const LIMIT = 200;
const OFFSETS = Object.fromEntries(PRIORITIES.map((priority) => [priority, rankOffsetMs(priority)]));

/**
 * Starts queued workflow instances that are due, in order of priority and never more of a Workflow at once than its
 * `concurrency`; creates the tasks that depend on nothing. A re-run keeps what succeeded and goes on from there.
 *
 * One call at a time: the fence keeps other schedulers out, not a second call of the same one.
 */
export async function startWorkflows(ctx: SchedulerCtx, input: StartInput): Promise<Started> {
  const { memory, limit = LIMIT, now } = input;
  const touched: string[] = [];
  const result = await ctx.db
    .tx(async (q) => {
      await fenceTerm(q, ctx.term);
      const runs = await pickStartable(q, { limit, offsets: OFFSETS, now });
      if (runs.length === 0) return undefined;
      touched.push(...runs.map((run) => run.id));
      return { runs: runs.length, written: await writeDecisions(q, await startRuns(q, memory, runs, now)) };
    })
    .catch((error: unknown) => {
      memory.forget(touched);
      throw error;
    });
  if (!result) return { runs: 0 };
  memory.forget(result.written.endedRuns);
  announce(ctx, result.written);
  return { runs: result.runs };
}

async function startRuns(
  q: Queryable,
  memory: RunMemory,
  runs: readonly StartableRun[],
  now: Date | undefined,
): Promise<RunDecision[]> {
  const specs = await workflowSpecs(
    q,
    runs.map((run) => run.version_id),
  );
  const running = await markRunning(q, {
    ids: runs.map((run) => run.id),
    timeoutsMs: runs.map((run) => specs.get(run.version_id)?.timeout_ms ?? null),
    now,
  });
  const deadlines = new Map(running.map((run) => [run.id, run.deadline_at]));
  const started = runs.filter((run) => deadlines.has(run.id));
  const again = started.filter((run) => run.run_number > 1).map((run) => run.id);
  const earlier = again.length > 0 ? await loadNodes(q, again) : [];
  memory.load(
    started.map((run) => run.id),
    earlier,
  );
  return started.flatMap((run) => {
    const definition = specs.get(run.version_id);
    const nodes = memory.get(run.id);
    if (!definition || !nodes) return [];
    const deadline = deadlines.get(run.id) ?? null;
    const facts = { ...run, failing: false, cancel_requested_at: null, cancel_reason: null, deadline_at: deadline };
    return [decideRun(facts, runPlan(definition), nodes, { ended: new Map(), started: true, cancel: false })];
  });
}
