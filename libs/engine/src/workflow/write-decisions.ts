import { rankOffsetMs, type Priority } from '@taskflow/domain';
import {
  insertEvents,
  recordProgress,
  requeueNodes,
  settleStaleNodes,
  type Queryable,
  type RequeuedNode,
} from '@taskflow/store';
import { admitBlocked } from '../limit/admit-blocked.js';
import { createTaskInstances, type NewTaskInstance } from '../task/create-task-instances.js';
import { cancelOpenTasks } from '../task/cancel-open-tasks.js';
import type { NodeSkipped, RunDecision } from './decide-run.js';
import { findNodeTasks } from './find-node-tasks.js';
import { nodeInstance, nodeParams } from './node-instance.js';

export interface Written {
  /** Lanes in which instances became ready. */
  readonly laneIds: readonly number[];
  readonly endedRuns: readonly string[];
  readonly cancelled: boolean;
}

export const NOTHING_WRITTEN: Written = { laneIds: [], endedRuns: [], cancelled: false };

/** Writes what was decided about any number of runs, each kind of row in one statement. */
export async function writeDecisions(q: Queryable, decisions: readonly RunDecision[]): Promise<Written> {
  const launched = await launch(q, decisions);
  const cancelled = decisions.filter((decision) => decision.cancelOpen);
  const admitted = cancelled.length > 0 ? await cancelRuns(q, cancelled) : [];
  const moved = await recordProgress(
    q,
    decisions.map((decision) => decision.progress),
  );
  return {
    laneIds: [...new Set([...launched, ...admitted])],
    endedRuns: moved.filter((run) => run.status !== 'running').map((run) => run.id),
    cancelled: cancelled.length > 0,
  };
}

async function cancelRuns(q: Queryable, cancelled: readonly RunDecision[]): Promise<readonly number[]> {
  const { freedKeys } = await cancelOpenTasks(q, {
    workflowInstanceIds: cancelled.map((decision) => decision.run.id),
    reason: 'its workflow instance was cancelled or has failed',
    actor: 'scheduler',
  });
  return freedKeys.length > 0 ? (await admitBlocked(q, [...freedKeys])).laneIds : [];
}

async function launch(q: Queryable, decisions: readonly RunDecision[]): Promise<number[]> {
  const used = decisions.flatMap(({ plan, start, skip }) =>
    [...start, ...skip.map((skipped) => skipped.key)].map((key) => plan.task(key)),
  );
  if (used.length === 0) return [];
  const taskOf = await findNodeTasks(q, new Set(used));
  const fresh: NewTaskInstance[] = [];
  const again: RequeuedNode[] = [];
  const settled: { id: string; reason: string }[] = [];
  const skips: { decision: RunDecision; skipped: NodeSkipped; index: number }[] = [];

  for (const decision of decisions) {
    const { run, plan, nodes } = decision;
    const skippedBy = new Map(decision.skip.map((skipped) => [skipped.key, skipped]));
    for (const key of [...decision.start, ...skippedBy.keys()]) {
      const node = plan.task(key);
      const task = taskOf(node);
      if (!task) throw new Error(`workflow "${run.workflow_name}": task "${node.task}" of "${key}" is not registered`);
      const skipped = skippedBy.get(key);
      const stale = nodes.stale.get(key);
      nodes.stale.delete(key);
      if (stale && skipped) settled.push({ id: stale.id, reason: skipped.reason });
      else if (stale) again.push(requeued(stale.id, run.priority, JSON.stringify(nodeParams(node, task.spec)), task));
      else if (skipped) {
        skips.push({ decision, skipped, index: fresh.length });
        fresh.push({ ...nodeInstance(run, node, task), status: 'skipped', reason: skipped.reason });
      } else fresh.push(nodeInstance(run, node, task));
    }
  }

  const created = await createTaskInstances(q, fresh);
  const requeuedRows = again.length > 0 ? await requeueNodes(q, again) : [];
  if (settled.length > 0) await settleStaleNodes(q, settled);
  await recordSkips(q, skips, created);

  const lanes = new Set<number>();
  const limitKeys = new Set<string>();
  for (const { index, laneId, placement } of created) {
    if (placement === 'queue') lanes.add(laneId);
    if (placement === 'blocked') for (const key of fresh[index]?.limitKeys ?? []) limitKeys.add(key);
  }
  for (const { lane_id: laneId, limit_key: key } of requeuedRows) {
    if (key === null) lanes.add(laneId);
    else limitKeys.add(key);
  }
  if (limitKeys.size > 0) for (const lane of (await admitBlocked(q, [...limitKeys])).laneIds) lanes.add(lane);
  return [...lanes];
}

function requeued(
  id: string,
  priority: string,
  params: string,
  task: { versionId: string; laneId: number },
): RequeuedNode {
  return { id, versionId: task.versionId, laneId: task.laneId, params, rankOffset: rankOffsetMs(priority as Priority) };
}

async function recordSkips(
  q: Queryable,
  skips: readonly { decision: RunDecision; skipped: NodeSkipped; index: number }[],
  created: readonly { index: number; id: string }[],
): Promise<void> {
  if (skips.length === 0) return;
  const idAt = new Map(created.map(({ index, id }) => [index, id]));
  const events = skips.flatMap(({ decision, skipped, index }) => {
    const taskInstanceId = idAt.get(index);
    if (taskInstanceId === undefined) return [];
    const detail = { message: skipped.message };
    return [{ taskInstanceId, workflowInstanceId: decision.run.id, type: 'skipped', reason: skipped.reason, detail }];
  });
  await insertEvents(q, 'scheduler', events);
}
