import { isTaskTerminal, type NodeState, type TaskState } from '@taskflow/domain';
import {
  fenceTerm,
  loadNodes,
  lockRuns,
  takeChanges,
  type LockedRun,
  type Queryable,
  type TakenChange,
} from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { workflowSpecs } from '../definition/version-cache.js';
import { decideRun, type RunDecision } from './decide-run.js';
import type { RunMemory, RunNodes } from './run-memory.js';
import { runPlan } from './run-plan.js';
import { writeDecisions, type Written } from './write-decisions.js';

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
 * all instances that are concerned, in time proportional to what changed. Repeating it does no harm.
 */
export async function advanceWorkflows(ctx: SchedulerCtx, input: AdvanceInput): Promise<Advanced> {
  const { memory, limit = LIMIT } = input;
  const touched: string[] = [];
  const result = await ctx.db
    .tx(async (q) => {
      await fenceTerm(q, ctx.term);
      const changes = await takeChanges(q, limit);
      if (changes.length === 0) return undefined;
      const byRun = groupByRun(changes);
      touched.push(...byRun.keys());
      const decisions = await decideRuns(q, memory, byRun);
      return { changes: changes.length, written: await writeDecisions(q, decisions) };
    })
    .catch((error: unknown) => {
      memory.forget(touched);
      throw error;
    });
  if (!result) return { changes: 0, ended: [] };
  memory.forget(result.written.endedRuns);
  announce(ctx, result.written);
  return { changes: result.changes, ended: result.written.endedRuns };
}

/** Hints for those who wait for what was written. */
export function announce(ctx: SchedulerCtx, written: Written): void {
  if (written.laneIds.length > 0) ctx.wake.ready(written.laneIds);
  if (written.cancelled) ctx.wake.cancelRequested();
  if (written.cancelled || written.endedRuns.length > 0) ctx.wake.workflowChanged();
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
  byRun: ReadonlyMap<string, readonly TakenChange[]>,
): Promise<RunDecision[]> {
  const runs = await lockRuns(q, [...byRun.keys()]);
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
  const unknown = runs.map((run) => run.id).filter((id) => memory.get(id) === undefined);
  if (unknown.length > 0) memory.load(unknown, await loadNodes(q, unknown));
  const nodes = new Map<string, RunNodes>();
  for (const { id } of runs) {
    const run = memory.get(id);
    if (run) nodes.set(id, run);
  }
  return nodes;
}

function endedNodes(changes: readonly TakenChange[]): Map<string, NodeState> {
  const ended = new Map<string, NodeState>();
  for (const { kind, node_key: key, status, reason } of changes) {
    if (kind !== 'task_ended' || key === null || status === null) continue;
    if (isTaskTerminal(status as TaskState)) ended.set(key, { status: status as TaskState, reason });
  }
  return ended;
}
