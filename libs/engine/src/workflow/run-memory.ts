import { isTaskTerminal, type NodeState, type TaskState } from '@taskflow/domain';
import type { NodeRow } from '@taskflow/store';
import type { RunFacts } from './decide-run.js';
import type { RunPlan } from './run-plan.js';

/** What the elected scheduler knows of one running workflow instance: the states as of the changes that it has applied. */
export interface RunNodes {
  readonly states: Map<string, NodeState>;
  /** Instances of an earlier run of the same workflow instance, by node, that this run has not decided yet. */
  readonly stale: Map<string, { readonly id: string; readonly status: TaskState }>;
  /** Nodes that have ended. */
  ended: number;
  /** How the run stood when something was decided about it last; undefined before that. */
  last?: { readonly run: RunFacts; readonly plan: RunPlan; readonly nodesDone: number; readonly failing: boolean };
}

/**
 * Node states of running workflow instances, kept so that an advance reads nothing but what changed. Belongs to one term:
 * nobody else decides about nodes meanwhile. What a failed transaction has touched must be forgotten.
 */
export interface RunMemory {
  get(runId: string): RunNodes | undefined;
  /** Takes what was read from the database. */
  load(runIds: readonly string[], rows: readonly NodeRow[]): void;
  forget(runIds: Iterable<string>): void;
}

const MAX_NODES = 500_000;

/** Forgets the instances that were not used for the longest time when it holds more than `maxNodes` nodes. */
export function createRunMemory(maxNodes = MAX_NODES): RunMemory {
  const runs = new Map<string, RunNodes>();

  const sizeOf = (run: RunNodes): number => run.states.size + run.stale.size + 1;
  const evict = (): void => {
    let total = 0;
    for (const run of runs.values()) total += sizeOf(run);
    for (const [id, run] of runs) {
      if (total <= maxNodes || runs.size === 1) return;
      total -= sizeOf(run);
      runs.delete(id);
    }
  };

  return {
    get(runId) {
      const run = runs.get(runId);
      if (!run) return undefined;
      runs.delete(runId);
      runs.set(runId, run);
      return run;
    },
    load(runIds, rows) {
      evict();
      for (const id of runIds) runs.set(id, { states: new Map(), stale: new Map(), ended: 0 });
      for (const row of rows) {
        const run = runs.get(row.workflow_instance_id);
        const status = row.status as TaskState;
        if (row.stale) run?.stale.set(row.node_key, { id: row.id, status });
        else if (run) setNode(run, row.node_key, { status, reason: row.reason });
      }
    },
    forget(runIds) {
      for (const id of runIds) runs.delete(id);
    },
  };
}

/** Notes a node's state; a node that has ended once stays ended. */
export function setNode(run: RunNodes, key: string, state: NodeState): void {
  const before = run.states.get(key);
  if (before && isTaskTerminal(before.status)) return;
  if (isTaskTerminal(state.status)) run.ended += 1;
  run.states.set(key, state);
}
