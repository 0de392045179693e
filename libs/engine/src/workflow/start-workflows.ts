import { PRIORITIES, rankOffsetMs } from '@taskflow/domain';
import { fenceTerm, loadNodes, markRunning, pickStartable, type Queryable, type StartableRun } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { workflowSpecs } from '../definition/version-cache.js';
import { byHalves, isFaultOfOne } from '../fault/by-halves.js';
import { announce } from './announce.js';
import { decideRun, type RunDecision } from './decide-run.js';
import { giveUpRun } from './give-up-run.js';
import type { RunMemory } from './run-memory.js';
import { runPlan } from './run-plan.js';
import { NOTHING_WRITTEN, writeDecisions, type Written } from './write-decisions.js';

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
 * `concurrency`; creates the tasks that depend on nothing. A re-run keeps what succeeded and goes on from there. One that
 * cannot be started is given up (ENGINE_FAULT); the others start.
 *
 * One call at a time: the fence keeps other schedulers out, not a second call of the same one.
 */
export async function startWorkflows(ctx: SchedulerCtx, input: StartInput): Promise<Started> {
  const { limit = LIMIT, now } = input;
  const pick: Pick = (q) => pickStartable(q, { limit, offsets: OFFSETS, now });
  let picked: readonly StartableRun[] = [];
  try {
    await start(ctx, input, async (q) => (picked = await pick(q)));
  } catch (error) {
    if (picked.length === 0 || !isFaultOfOne(error)) throw error;
    await byHalves(
      picked.map((run) => run.id),
      (ids) => start(ctx, input, async (q) => (await pick(q)).filter((run) => ids.includes(run.id))),
      (id, fault) => giveUpRun(ctx, { id, error: fault }),
    );
  }
  return { runs: picked.length };
}

type Pick = (q: Queryable) => Promise<readonly StartableRun[]>;

/** Starts the runs that are picked, all or none. What memory holds of them is forgotten when it fails. */
async function start(ctx: SchedulerCtx, { memory, now }: StartInput, pick: Pick): Promise<Written> {
  let touched: readonly string[] = [];
  try {
    const written = await ctx.db.tx(async (q) => {
      await fenceTerm(q, ctx.term);
      const runs = await pick(q);
      touched = runs.map((run) => run.id);
      return runs.length === 0 ? NOTHING_WRITTEN : writeDecisions(q, await startRuns(q, memory, runs, now));
    });
    memory.forget(written.endedRuns);
    announce(ctx, written);
    return written;
  } catch (error) {
    memory.forget(touched);
    throw error;
  }
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
