import { isTaskTerminal } from '@taskflow/domain';
import { applyStep, type Step, type TaskInstanceRow, type TaskTarget } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { toTaskInstanceRow } from '../task/create-task-instances.js';
import { announce } from './announce.js';
import { decideRun, type RunDecision } from './decide-run.js';
import { lastNodeTask, type NodeTask } from './find-node-tasks.js';
import { nodeInstance } from './node-instance.js';
import type { RunMemory, RunNodes } from './run-memory.js';

/** What a notification tells of a task of a workflow instance that has succeeded. It may be late, twice, or wrong. */
export interface HintedChange {
  /** Id of the change. */
  readonly id: string;
  readonly workflowInstanceId: string;
  readonly nodeKey: string;
}

export interface HintedInput {
  readonly memory: RunMemory;
  readonly changes: readonly HintedChange[];
}

/**
 * As advanceWorkflows, for changes of which a notification has told: decides from what is remembered and writes in one
 * statement that checks all of it, so that nothing is read before. False when that was not possible or something was not as
 * it was told; then nothing was written, and advanceWorkflows is to look.
 */
export async function advanceHinted(ctx: SchedulerCtx, { memory, changes }: HintedInput): Promise<boolean> {
  const byRun = Map.groupBy(changes, (change) => change.workflowInstanceId);
  const told = new Map<string, Told>();
  for (const [id, all] of byRun) {
    const nodes = memory.get(id);
    if (nodes?.last === undefined) return false;
    // Those that have been taken already, by a look at everything.
    const fresh = all.filter((change) => !isSettled(nodes, change.nodeKey));
    if (fresh.length > 0) told.set(id, { nodes, changes: fresh, last: nodes.last });
  }
  if (told.size === 0) return true;
  if (![...told.values()].every((each) => isPlain(ctx, each))) return false;

  let applied = false;
  try {
    const step = stepOf(ctx, told);
    applied = step !== undefined && (await applyStep(ctx.db, step.step));
    if (applied && step) {
      memory.forget(step.ended);
      if (step.step.durable) announce(ctx, { laneIds: step.step.readyLanes, endedRuns: step.ended, cancelled: false });
    }
    return applied;
  } finally {
    if (!applied) memory.forget(told.keys());
  }
}

interface Told {
  readonly nodes: RunNodes;
  readonly changes: readonly HintedChange[];
  readonly last: NonNullable<RunNodes['last']>;
}

function isSettled(nodes: RunNodes, key: string): boolean {
  const state = nodes.states.get(key);
  return state !== undefined && isTaskTerminal(state.status);
}

/** Nothing but starting what follows: no failure or cancel before, no earlier run, no limit to be admitted to. */
function isPlain(ctx: SchedulerCtx, { nodes, changes, last: { run, plan, failing } }: Told): boolean {
  if (failing || run.cancel_requested_at !== null || nodes.stale.size > 0) return false;
  return changes.every((change) => {
    const node = plan.graph.node(change.nodeKey);
    return node?.successors.every((key) => {
      const task = lastNodeTask(ctx.db, plan.task(key));
      return task !== undefined && task.spec.concurrency === undefined && (task.spec.limits ?? []).length === 0;
    });
  });
}

/** Undefined when more follows than one statement writes. */
function stepOf(
  ctx: SchedulerCtx,
  told: ReadonlyMap<string, Told>,
): { readonly step: Step; readonly ended: readonly string[] } | undefined {
  const runs: Step['runs'][number][] = [];
  const nodes: TaskInstanceRow[] = [];
  const targets = new Map<string, TaskTarget>();
  const lanes = new Set<number>();
  for (const each of told.values()) {
    const { last } = each;
    const ended = new Map(each.changes.map(({ nodeKey }) => [nodeKey, { status: 'success' as const, reason: null }]));
    const decision = decideRun(last.run, last.plan, each.nodes, { ended, started: false, cancel: false });
    if (decision.skip.length > 0 || decision.cancelOpen) return undefined;
    for (const { node, task } of startsOf(ctx, decision)) {
      nodes.push(toTaskInstanceRow(nodeInstance(last.run, node, task)));
      lanes.add(task.laneId);
      if (!node.inline) targets.set(node.task, { name: node.task, version_id: task.versionId, lane_id: task.laneId });
    }
    runs.push({ ...decision.progress, nodesBefore: last.nodesDone });
  }
  const ended = runs.filter((run) => run.end !== undefined).map((run) => run.id);
  const step: Step = {
    term: ctx.term,
    changeIds: [...told.values()].flatMap(({ changes }) => changes.map((change) => change.id)),
    runs,
    nodes,
    targets: [...targets.values()],
    readyLanes: [...lanes],
    // Somebody outside may wait for the end.
    durable: ended.length > 0,
  };
  return { step, ended };
}

function startsOf(ctx: SchedulerCtx, { plan, start }: RunDecision) {
  return start.map((key) => {
    const node = plan.task(key);
    const task: NodeTask | undefined = lastNodeTask(ctx.db, node);
    if (!task) throw new Error(`task "${node.task}" of "${key}" has not been looked up`);
    return { node, task };
  });
}
