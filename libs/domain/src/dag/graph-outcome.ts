import type { Graph } from './build-graph.js';
import { hasFailed, isEnded, type NodeState } from './node-state.js';

export type GraphOutcome =
  | { readonly status: 'running' }
  | { readonly status: 'success'; readonly message: string }
  /** `failed`: keys of the tasks that made it fail, in the order of the graph. */
  | { readonly status: 'failed'; readonly failed: readonly string[]; readonly message: string };

const NAMED = 5;

/**
 * What a workflow instance has come to, of the states of all its tasks: `running` until each of them has ended.
 *
 * It fails when a task failed (or was cancelled or dequeued) whose node does not say `allow_failure`, whatever the tasks
 * behind it did about that. Skipped tasks fail nothing.
 */
export function graphOutcome(graph: Graph, stateOf: (key: string) => NodeState | undefined): GraphOutcome {
  const failed: string[] = [];
  const allowed: string[] = [];
  for (const key of graph.order) {
    const state = stateOf(key);
    if (!isEnded(state)) return { status: 'running' };
    if (hasFailed(state)) (graph.node(key)?.allowFailure === true ? allowed : failed).push(key);
  }
  if (failed.length > 0) return { status: 'failed', failed, message: failureMessage(failed, stateOf) };
  const over = `all ${graph.size} tasks are over`;
  if (allowed.length === 0) return { status: 'success', message: `${over}, none failed` };
  return { status: 'success', message: `${over}; allowed to fail: ${failureMessage(allowed, stateOf)}` };
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
