import { graphOutcome, isTaskTerminal, nextNodes, type NodeState, type TaskState } from '@taskflow/domain';
import type { Progress } from '@taskflow/store';
import { setNode, type RunNodes } from './run-memory.js';
import type { RunPlan } from './run-plan.js';

/** A running workflow instance, as much of it as deciding needs. */
export interface RunFacts {
  readonly id: string;
  readonly workflow_name: string;
  readonly priority: string;
  readonly failing: boolean;
  readonly cancel_requested_at: Date | null;
  readonly cancel_reason: string | null;
  readonly deadline_at: Date | null;
  readonly trace_parent: string | null;
  readonly trace_state: string | null;
}

export interface NodeSkipped {
  readonly key: string;
  readonly reason: string;
  readonly message: string;
}

/** What one advance does to one workflow instance. */
export interface RunDecision {
  readonly run: RunFacts;
  readonly plan: RunPlan;
  readonly nodes: RunNodes;
  readonly start: readonly string[];
  readonly skip: readonly NodeSkipped[];
  /** Cancel what is queued and what runs. */
  readonly cancelOpen: boolean;
  readonly progress: Progress;
}

export interface RunChange {
  /** Nodes that have ended, with the state that ended them. */
  readonly ended: ReadonlyMap<string, NodeState>;
  /** The run has just been started: its roots are due. */
  readonly started: boolean;
  /** A cancel was asked for and is to be passed on to its tasks. */
  readonly cancel: boolean;
}

/** Applies changes to the states in memory and says what follows; writes nothing. */
export function decideRun(run: RunFacts, plan: RunPlan, nodes: RunNodes, change: RunChange): RunDecision {
  for (const [key, state] of change.ended) setNode(nodes, key, state);
  const { graph, definition } = plan;
  const stateOf = (key: string): NodeState | undefined => nodes.states.get(key);
  const cancelling = run.cancel_requested_at !== null;
  const changed = change.started ? nodes.states.keys() : change.ended.keys();
  const situation = { policy: definition.failure_policy, failing: run.failing, cancelling };
  const step = nextNodes(graph, changed, stateOf, situation);
  const roots = change.started ? graph.roots.filter((key) => stateOf(key) === undefined) : [];
  const start = [...roots, ...step.start];

  for (const key of start) setNode(nodes, key, { status: 'queued', reason: null });
  for (const { key, reason } of step.skip) {
    const earlier = nodes.stale.get(key);
    const status: TaskState = earlier && isTaskTerminal(earlier.status) ? earlier.status : 'skipped';
    setNode(nodes, key, { status, reason });
  }
  const over = nodes.ended === graph.size;
  const end = over ? endOfRun(run, plan, stateOf) : undefined;
  nodes.last = { run, plan, nodesDone: nodes.ended, failing: step.failing };
  return {
    run,
    plan,
    nodes,
    start,
    skip: step.skip,
    cancelOpen: step.cancel || change.cancel,
    progress: { id: run.id, nodesDone: nodes.ended, failing: step.failing, end, leaves: over ? graph.leaves : [] },
  };
}

function endOfRun(run: RunFacts, plan: RunPlan, stateOf: (key: string) => NodeState | undefined): Progress['end'] {
  if (run.cancel_requested_at !== null) {
    if (run.deadline_at !== null && run.cancel_requested_at >= run.deadline_at) {
      const message = `not over within its timeout of ${String(plan.definition.timeout_ms)} ms; what still ran was cancelled`;
      return { status: 'failed', reason: 'TIMEOUT', message };
    }
    return { status: 'cancelled', reason: 'CANCELLED', message: run.cancel_reason ?? undefined };
  }
  const outcome = graphOutcome(plan.graph, stateOf);
  if (outcome.status === 'running') return undefined;
  if (outcome.status === 'success') return { status: 'success', reason: 'SUCCESS', message: outcome.message };
  return { status: 'failed', reason: 'TASK_FAILED', message: outcome.message };
}
