import { isTaskTerminal, type TaskState } from '../state/task-state.js';

/** Why a task of a workflow was not run; stored as the reason of its instance. */
export type SkipReason =
  'upstream_failed' | 'upstream_skipped' | 'trigger_unmet' | 'failure_policy' | 'workflow_cancelled';

/** A task of a running workflow as its row says it. The reason tells why a skipped task was skipped. */
export interface NodeState {
  readonly status: TaskState;
  readonly reason: string | null;
}

/** What an ended task counts as for the tasks that depend on it. */
export type NodeEnd = 'success' | 'failure' | 'skipped';

/** Skipped for these reasons a task has not run because of a failure, and counts as one for those behind it. */
const FAILURE_SKIPS: readonly (string | null)[] = ['upstream_failed', 'failure_policy', 'workflow_cancelled'];

/** Undefined while the task is not decided or not over. */
export function endOf(state: NodeState | undefined): NodeEnd | undefined {
  switch (state?.status) {
    case 'success':
      return 'success';
    case 'failed':
    case 'cancelled':
    case 'dequeued':
      return 'failure';
    case 'skipped':
      return FAILURE_SKIPS.includes(state.reason) ? 'failure' : 'skipped';
    default:
      return undefined;
  }
}

/** True for a task that ended badly itself; one that did not run because of that is not blamed. */
export function hasFailed(state: NodeState | undefined): boolean {
  return state?.status === 'failed' || state?.status === 'cancelled' || state?.status === 'dequeued';
}

export function isEnded(state: NodeState | undefined): boolean {
  return state !== undefined && isTaskTerminal(state.status);
}
