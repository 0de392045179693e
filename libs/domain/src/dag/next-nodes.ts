import type { FailurePolicy } from '../definition/workflow-schema.js';
import type { Graph, GraphNode } from './build-graph.js';
import { endOf, hasFailed, isEnded, type NodeState, type SkipReason } from './node-state.js';
import { evaluateTrigger, startsEarly, toleratesFailure, type DependencyCounts } from './trigger.js';

/** How the workflow instance stands, beside the states of its tasks. */
export interface GraphSituation {
  readonly policy: FailurePolicy;
  /** What the last step returned as `failing`; false at first. */
  readonly failing: boolean;
  /** Someone cancels the instance: nothing starts any more but tasks with the trigger `always`. Default false. */
  readonly cancelling?: boolean | undefined;
}

export interface NodeSkip {
  readonly key: string;
  readonly reason: SkipReason;
  /** For people: which task it is about. */
  readonly message: string;
}

export interface GraphStep {
  /** Keys of the tasks to start now, each for the first and only time. */
  readonly start: readonly string[];
  /** Tasks that will not run, dependencies first. */
  readonly skip: readonly NodeSkip[];
  /** A task has failed, now or before, whose node does not allow that. */
  readonly failing: boolean;
  /** The policy is `fail_fast` and the workflow has just begun to fail: what runs now is to be cancelled. */
  readonly cancel: boolean;
}

/**
 * What follows from tasks that have ended. Looks at the successors of those alone (and on through the ones it skips), so the
 * work is that of their dependencies and not of the graph.
 *
 * A task is decided once: whoever has a state is left alone. The decisions depend on the states and not on the order or the
 * portions in which they are told; `changed` may hold keys again, or keys that have not ended. A task is skipped when all
 * its dependencies have ended, never earlier. While the workflow is failing under `fail_fast` or `finish_running` only tasks
 * start whose trigger tolerates failures; under `continue` every task does whose trigger is met. The failure of a task that
 * may fail counts for those behind it as any failure does, and does not make the workflow failing.
 *
 * @param stateOf undefined for a task that is not decided yet
 */
export function nextNodes(
  graph: Graph,
  changed: Iterable<string>,
  stateOf: (key: string) => NodeState | undefined,
  situation: GraphSituation,
): GraphStep {
  const ended = [...new Set(changed)].filter((key) => isEnded(stateOf(key)));
  const fails = (key: string): boolean => graph.node(key)?.allowFailure !== true && hasFailed(stateOf(key));
  const failing = situation.failing || ended.some(fails);
  const decided = new Map<string, NodeState | undefined>();
  const start: string[] = [];
  const skip: NodeSkip[] = [];
  const stateNow = (key: string): NodeState | undefined => decided.get(key) ?? stateOf(key);
  const queue = new Set(ended.flatMap((key) => graph.node(key)?.successors ?? []));
  for (const key of queue) {
    queue.delete(key);
    const node = graph.node(key);
    if (node === undefined || decided.has(key) || stateOf(key) !== undefined) continue;
    const decision = decide(node, stateNow, { ...situation, failing });
    if (decision === 'start') {
      start.push(key);
      decided.set(key, undefined);
    } else if (decision !== 'wait') {
      skip.push(decision);
      decided.set(key, { status: 'skipped', reason: decision.reason });
      for (const successor of node.successors) queue.add(successor);
    }
  }
  return { start, skip, failing, cancel: failing && !situation.failing && situation.policy === 'fail_fast' };
}

function decide(
  node: GraphNode,
  stateOf: (key: string) => NodeState | undefined,
  situation: GraphSituation,
): 'start' | 'wait' | NodeSkip {
  const counts = countDependencies(node, stateOf);
  const verdict = evaluateTrigger(node.trigger, counts);
  if (verdict === 'open') return 'wait';
  const held = heldBackBy(node, situation);
  if (held === undefined) return verdict === 'met' ? 'start' : { key: node.key, ...unmetReason(node, counts, stateOf) };
  if (counts.open > 0) return 'wait';
  return { key: node.key, ...(verdict === 'met' ? held : unmetReason(node, counts, stateOf)) };
}

// A task that waits for all need not have the rest counted once one is found open: wide joins are looked at again and again.
function countDependencies(node: GraphNode, stateOf: (key: string) => NodeState | undefined): DependencyCounts {
  const counts = { success: 0, failure: 0, skipped: 0, open: 0 };
  const waitsForAll = !startsEarly(node.trigger);
  for (const dependency of node.dependencies) {
    counts[endOf(stateOf(dependency)) ?? 'open'] += 1;
    if (waitsForAll && counts.open > 0) break;
  }
  return counts;
}

type WhyNot = Omit<NodeSkip, 'key'>;

function heldBackBy(node: GraphNode, situation: GraphSituation): WhyNot | undefined {
  if (situation.cancelling === true) {
    if (node.trigger === 'always') return undefined;
    return { reason: 'workflow_cancelled', message: 'the workflow was cancelled before it started' };
  }
  if (!situation.failing || situation.policy === 'continue' || toleratesFailure(node.trigger)) return undefined;
  const message = `a task of the workflow failed, and failure_policy ${situation.policy} starts nothing more`;
  return { reason: 'failure_policy', message };
}

function unmetReason(
  node: GraphNode,
  counts: DependencyCounts,
  stateOf: (key: string) => NodeState | undefined,
): WhyNot {
  const blame = blamedEnd(node, counts);
  const culprit = node.dependencies.find((key) => endOf(stateOf(key)) === blame);
  if (blame === undefined || culprit === undefined) {
    return { reason: 'trigger_unmet', message: `its dependencies ended otherwise than ${node.trigger} asks for` };
  }
  const state = stateOf(culprit);
  const how = state?.reason == null ? state?.status : `${state.status}: ${state.reason}`;
  const reason = blame === 'failure' ? 'upstream_failed' : 'upstream_skipped';
  return { reason, message: `${node.trigger} is not met: "${culprit}" ended as ${how}` };
}

/** The kind of end that stands in the way of a trigger that wants work done; undefined for those that want a failure or a skip. */
function blamedEnd(node: GraphNode, { failure, skipped }: DependencyCounts): 'failure' | 'skipped' | undefined {
  if (node.trigger === 'all_failed' || node.trigger === 'one_failed' || node.trigger === 'all_skipped')
    return undefined;
  if (node.trigger !== 'none_skipped' && failure > 0) return 'failure';
  return skipped > 0 ? 'skipped' : undefined;
}
