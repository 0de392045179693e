import type { Graph } from './build-graph.js';
import { endOf, isEnded, type NodeState } from './node-state.js';
import { handlesFailure } from './trigger.js';

export type GraphOutcome =
  | { readonly status: 'running' }
  | { readonly status: 'success'; readonly message: string }
  /** `failed`: keys of the tasks that made it fail, in the order of the graph. */
  | { readonly status: 'failed'; readonly failed: readonly string[]; readonly message: string };

const NAMED = 5;

/**
 * What a workflow instance has come to, of the states of all its tasks: `running` until each of them has ended.
 *
 * It fails when a task failed (or was cancelled or dequeued) and nothing made that good. Made good is a failure by the
 * success of a task that depends on it directly with a trigger that says what to do about it: `one_failed`, `all_failed`
 * or `one_success`. Clean-up with `all_done` or `always` makes nothing good. Skipped tasks fail nothing.
 */
export function graphOutcome(graph: Graph, stateOf: (key: string) => NodeState | undefined): GraphOutcome {
  const failed: string[] = [];
  for (const key of graph.order) {
    const state = stateOf(key);
    if (!isEnded(state)) return { status: 'running' };
    if (state?.status === 'skipped' || endOf(state) !== 'failure') continue;
    if (!isMadeGood(graph, key, stateOf)) failed.push(key);
  }
  if (failed.length === 0)
    return { status: 'success', message: `all ${graph.size} tasks are over, none failed for good` };
  return { status: 'failed', failed, message: failureMessage(failed, stateOf) };
}

function isMadeGood(graph: Graph, key: string, stateOf: (key: string) => NodeState | undefined): boolean {
  const successors = graph.node(key)?.successors ?? [];
  return successors.some((successor) => {
    const trigger = graph.node(successor)?.trigger;
    return trigger !== undefined && handlesFailure(trigger) && stateOf(successor)?.status === 'success';
  });
}

/** Tasks that failed by themselves come first: those cancelled are mostly a consequence. */
function failureMessage(failed: readonly string[], stateOf: (key: string) => NodeState | undefined): string {
  const [own, others] = [true, false].map((wanted) =>
    failed.filter((key) => (stateOf(key)?.status === 'failed') === wanted),
  );
  const all = [...(own ?? []), ...(others ?? [])];
  const named = all.slice(0, NAMED).map((key) => {
    const state = stateOf(key);
    return `"${key}" ${state?.status}${state?.reason == null ? '' : ` (${state.reason})`}`;
  });
  const rest = all.length > NAMED ? `, and ${all.length - NAMED} more` : '';
  return `${named.join(', ')}${rest}`;
}
