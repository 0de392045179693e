import { isTaskTerminal, type NodeState, type TaskState } from '@taskflow/domain';
import {
  endFaulty,
  ENGINE_FAULT,
  fenceTerm,
  loadNodes,
  lockRuns,
  retakeChanges,
  takeChanges,
  type LockedRun,
  type Queryable,
  type TakenChange,
} from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { workflowSpecs } from '../definition/version-cache.js';
import { byHalves, isFaultOfOne } from '../fault/by-halves.js';
import { announce } from './announce.js';
import { decideRun, type RunDecision } from './decide-run.js';
import { giveUpRun } from './give-up-run.js';
import type { RunMemory, RunNodes } from './run-memory.js';
import { runPlan } from './run-plan.js';
import { NOTHING_WRITTEN, writeDecisions, type Written } from './write-decisions.js';

export interface AdvanceInput {
  readonly memory: RunMemory;
  /** Most changes taken at once; 2,000 by default. */
  readonly limit?: number | undefined;
}

export interface Advanced {
  /** Changes taken; as many as the limit means that there may be more. */
  readonly changes: number;
  /** Workflow instances that ended. */
  readonly ended: readonly string[];
}

const LIMIT = 2000;

/**
 * Takes what ended in workflow instances, and starts, skips, cancels and ends what follows from it: one transaction for
 * all instances that are concerned, in time proportional to what changed. Repeating it does no harm. An instance that cannot
 * be decided is given up (ENGINE_FAULT); the others go on.
 */
export async function advanceWorkflows(ctx: SchedulerCtx, input: AdvanceInput): Promise<Advanced> {
  const { memory, limit = LIMIT } = input;
  let taken: readonly TakenChange[] = [];
  const takePage = async (q: Queryable): Promise<readonly TakenChange[]> => (taken = await takeChanges(q, limit));
  try {
    const written = await advance(ctx, memory, takePage);
    return { changes: taken.length, ended: written.endedRuns };
  } catch (error) {
    if (taken.length === 0 || !isFaultOfOne(error)) throw error;
    const byRun = groupByRun(taken);
    const idsOf = (runs: readonly string[]): string[] => runs.flatMap((id) => byRun.get(id) ?? []).map(({ id }) => id);
    const parts = await byHalves(
      [...byRun.keys()],
      (runs) => advance(ctx, memory, (q) => retakeChanges(q, idsOf(runs))),
      (id, fault) => giveUpRun(ctx, { id, error: fault, changes: idsOf([id]) }),
    );
    return { changes: taken.length, ended: parts.flatMap((part) => part.endedRuns) };
  }
}

type Take = (q: Queryable) => Promise<readonly TakenChange[]>;

/** Applies the changes that are taken, all or none. What memory holds of their runs is forgotten when it fails. */
async function advance(ctx: SchedulerCtx, memory: RunMemory, take: Take): Promise<Written> {
  let byRun: ReadonlyMap<string, readonly TakenChange[]> = new Map();
  try {
    const written = await ctx.db.tx(async (q) => {
      await fenceTerm(q, ctx.term);
      byRun = groupByRun(await take(q));
      return byRun.size === 0 ? NOTHING_WRITTEN : applyChanges(q, memory, byRun);
    });
    memory.forget(written.endedRuns);
    announce(ctx, written);
    return written;
  } catch (error) {
    memory.forget(byRun.keys());
    throw error;
  }
}

async function applyChanges(
  q: Queryable,
  memory: RunMemory,
  byRun: ReadonlyMap<string, readonly TakenChange[]>,
): Promise<Written> {
  const runs = await lockRuns(q, [...byRun.keys()]);
  const givenUp = runs.filter((run) => run.reason === ENGINE_FAULT).map((run) => run.id);
  const sound = givenUp.length === 0 ? runs : runs.filter((run) => run.reason !== ENGINE_FAULT);
  const written = await writeDecisions(q, await decideRuns(q, memory, sound, byRun));
  if (givenUp.length === 0) return written;
  return { ...written, endedRuns: [...written.endedRuns, ...(await endFaulty(q, givenUp))] };
}

function groupByRun(changes: readonly TakenChange[]): Map<string, TakenChange[]> {
  const byRun = new Map<string, TakenChange[]>();
  for (const change of changes) {
    const group = byRun.get(change.workflow_instance_id);
    if (group) group.push(change);
    else byRun.set(change.workflow_instance_id, [change]);
  }
  return byRun;
}

async function decideRuns(
  q: Queryable,
  memory: RunMemory,
  runs: readonly LockedRun[],
  byRun: ReadonlyMap<string, readonly TakenChange[]>,
): Promise<RunDecision[]> {
  const nodes = await nodesOf(q, memory, runs);
  const specs = await workflowSpecs(
    q,
    runs.map((run) => run.version_id),
  );
  return runs.flatMap((run) => {
    const definition = specs.get(run.version_id);
    const states = nodes.get(run.id);
    if (!definition || !states) return [];
    const changes = byRun.get(run.id) ?? [];
    const cancel = changes.some((change) => change.kind === 'cancel_requested') && run.cancel_requested_at !== null;
    return [decideRun(run, runPlan(definition), states, { ended: endedNodes(changes), started: false, cancel })];
  });
}

async function nodesOf(q: Queryable, memory: RunMemory, runs: readonly LockedRun[]): Promise<Map<string, RunNodes>> {
  const unknown = runs.filter((run) => !remembered(memory, run)).map((run) => run.id);
  if (unknown.length > 0) memory.load(unknown, await loadNodes(q, unknown));
  const nodes = new Map<string, RunNodes>();
  for (const { id } of runs) {
    const run = memory.get(id);
    if (run) nodes.set(id, run);
  }
  return nodes;
}

/** A step that did not wait for the disk is undone when the server crashes: the run then stands where it stood before. */
function remembered(memory: RunMemory, run: LockedRun): boolean {
  const known = memory.get(run.id);
  return known !== undefined && (known.last === undefined || known.last.nodesDone === run.nodes_done);
}

function endedNodes(changes: readonly TakenChange[]): Map<string, NodeState> {
  const ended = new Map<string, NodeState>();
  for (const { kind, node_key: key, status, reason } of changes) {
    if (kind !== 'task_ended' || key === null || status === null) continue;
    if (isTaskTerminal(status as TaskState)) ended.set(key, { status: status as TaskState, reason });
  }
  return ended;
}
