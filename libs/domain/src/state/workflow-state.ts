import { follow, sourcesOf, type TransitionTable } from './transition-table.js';

/** Every status of a workflow instance. `dequeued`: taken off the queue before it started (expired, or replaced). */
export const WORKFLOW_STATES = ['queued', 'running', 'dequeued', 'failed', 'success', 'cancelled'] as const;

export type WorkflowState = (typeof WORKFLOW_STATES)[number];

/** The statuses in which nothing happens any more, unless someone asks for a re-run. */
export const WORKFLOW_TERMINAL = ['success', 'failed', 'cancelled', 'dequeued'] as const satisfies WorkflowState[];

export type WorkflowEvent = 'submit' | 'start' | 'succeed' | 'fail' | 'cancel' | 'dequeue' | 'rerun';

const ENDED = { rerun: 'queued' } as const;

/** What may happen to a workflow instance, and what it is then. */
export const WORKFLOW_TRANSITIONS: TransitionTable<WorkflowState, WorkflowEvent> = {
  none: { submit: 'queued' },
  queued: { start: 'running', cancel: 'cancelled', dequeue: 'dequeued' },
  running: { succeed: 'success', fail: 'failed', cancel: 'cancelled' },
  success: ENDED,
  failed: ENDED,
  cancelled: ENDED,
  dequeued: ENDED,
};

/** The status after `event`. Throws IllegalTransition that names both. */
export function nextWorkflowState(state: WorkflowState | 'none', event: WorkflowEvent): WorkflowState {
  return follow('a workflow instance', WORKFLOW_TRANSITIONS, state, event);
}

/** The statuses in which `event` may happen: the guard of the statement that writes it. */
export function workflowStatesAllowing(event: WorkflowEvent): WorkflowState[] {
  return sourcesOf(WORKFLOW_TRANSITIONS, event);
}

export function isWorkflowTerminal(state: WorkflowState): boolean {
  return (WORKFLOW_TERMINAL as readonly WorkflowState[]).includes(state);
}
