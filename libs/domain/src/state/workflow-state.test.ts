import { IllegalTransition } from '../error/conflict.js';
import {
  WORKFLOW_STATES,
  WORKFLOW_TRANSITIONS,
  isWorkflowTerminal,
  nextWorkflowState,
  workflowStatesAllowing,
  type WorkflowEvent,
  type WorkflowState,
} from './workflow-state.js';

test.each<[WorkflowState | 'none', WorkflowEvent, WorkflowState]>([
  ['none', 'submit', 'queued'],
  ['queued', 'start', 'running'],
  ['queued', 'cancel', 'cancelled'],
  ['queued', 'dequeue', 'dequeued'],
  ['running', 'succeed', 'success'],
  ['running', 'fail', 'failed'],
  ['running', 'cancel', 'cancelled'],
  ['failed', 'rerun', 'queued'],
])('%s, %s: %s', (state, event, next) => {
  expect(nextWorkflowState(state, event)).toBe(next);
});

test.each<[WorkflowState, WorkflowEvent]>([
  ['queued', 'succeed'],
  ['running', 'start'],
  ['running', 'dequeue'],
  ['success', 'fail'],
  ['running', 'rerun'],
])('%s, %s: refused', (state, event) => {
  expect(() => nextWorkflowState(state, event)).toThrow(IllegalTransition);
});

test('only a re-run leaves a terminal state', () => {
  for (const state of WORKFLOW_STATES.filter(isWorkflowTerminal)) {
    expect(Object.keys(WORKFLOW_TRANSITIONS[state])).toEqual(['rerun']);
  }
  expect(workflowStatesAllowing('rerun')).toEqual(WORKFLOW_STATES.filter(isWorkflowTerminal).sort(byTable));
  expect(workflowStatesAllowing('cancel')).toEqual(['queued', 'running']);
});

function byTable(a: WorkflowState, b: WorkflowState): number {
  const order = Object.keys(WORKFLOW_TRANSITIONS);
  return order.indexOf(a) - order.indexOf(b);
}
