import fc from 'fast-check';
import { IllegalTransition } from '../error/conflict.js';
import {
  TASK_STATES,
  TASK_TERMINAL,
  TASK_TRANSITIONS,
  isTaskTerminal,
  nextTaskState,
  physicalTransitions,
  taskStatesAllowing,
  type TaskEvent,
  type TaskState,
} from './task-state.js';

const events = [...new Set(Object.values(TASK_TRANSITIONS).flatMap((row) => Object.keys(row)))] as TaskEvent[];

test('the table is this and nothing else', () => {
  const rows = Object.entries(TASK_TRANSITIONS).map(([from, row]) => {
    const arrows = Object.entries(row).map(([event, to]) => `${event} ${to}`);
    return `${from}: ${arrows.join(', ')}`;
  });
  expect(rows).toEqual([
    'none: submit queued, wait waiting, skip skipped',
    'waiting: wake queued, succeed success, fail failed, cancel cancelled, skip skipped',
    'queued: lease running, push pushed, cancel cancelled, dequeue dequeued',
    'retry: lease running, push pushed, cancel cancelled, dequeue dequeued',
    'pushed: start running, succeed success, fail failed, retry retry, lose retry, cancel cancelled',
    'running: succeed success, fail failed, retry retry, lose retry, hand_back queued, cancel cancelled',
    'success: redrive queued',
    'failed: redrive queued',
    'cancelled: redrive queued',
    'dequeued: redrive queued',
    'skipped: redrive queued',
  ]);
});

test.each<[TaskState | 'none', TaskEvent, TaskState]>([
  ['none', 'submit', 'queued'],
  ['none', 'wait', 'waiting'],
  ['none', 'skip', 'skipped'],
  ['queued', 'lease', 'running'],
  ['queued', 'push', 'pushed'],
  ['queued', 'dequeue', 'dequeued'],
  ['retry', 'lease', 'running'],
  ['retry', 'cancel', 'cancelled'],
  ['running', 'succeed', 'success'],
  ['running', 'lose', 'retry'],
  ['running', 'hand_back', 'queued'],
  ['pushed', 'start', 'running'],
  ['waiting', 'wake', 'queued'],
  ['dequeued', 'redrive', 'queued'],
])('%s, %s: %s', (state, event, next) => {
  expect(nextTaskState(state, event)).toBe(next);
});

test.each<[TaskState | 'none', TaskEvent]>([
  ['success', 'succeed'],
  ['cancelled', 'succeed'],
  ['queued', 'succeed'],
  ['waiting', 'lease'],
  ['running', 'lease'],
  ['pushed', 'lease'],
  ['queued', 'redrive'],
  ['none', 'lease'],
])('%s, %s: refused with both named', (state, event) => {
  expect(() => nextTaskState(state, event)).toThrow(IllegalTransition);
  expect(() => nextTaskState(state, event)).toThrow(
    expect.objectContaining({ metadata: { state, event }, message: expect.stringContaining(`"${event}"`) }),
  );
});

test('the states that allow an event are exactly those from which it leads somewhere', () => {
  for (const event of events) {
    const allowed = taskStatesAllowing(event);
    for (const state of TASK_STATES) {
      if (allowed.includes(state)) expect(TASK_STATES).toContain(nextTaskState(state, event));
      else expect(() => nextTaskState(state, event)).toThrow(IllegalTransition);
    }
  }
  expect(taskStatesAllowing('lease')).toEqual(['queued', 'retry']);
  expect(taskStatesAllowing('submit')).toEqual([]);
});

test('nothing but a redrive leaves a terminal state', () => {
  for (const state of TASK_STATES) {
    expect(isTaskTerminal(state)).toBe((TASK_TERMINAL as readonly string[]).includes(state));
    if (isTaskTerminal(state)) expect(Object.keys(TASK_TRANSITIONS[state])).toEqual(['redrive']);
  }
});

test('every state is reached from the start and every state reaches an end', () => {
  const reach = (from: TaskState | 'none', seen = new Set<string>()): Set<string> => {
    for (const next of Object.values(TASK_TRANSITIONS[from])) {
      if (!seen.has(next)) reach(next, seen.add(next));
    }
    return seen;
  };
  expect([...reach('none')].sort()).toEqual([...TASK_STATES].sort());
  for (const state of TASK_STATES) {
    if (!isTaskTerminal(state)) expect([...reach(state)].some((next) => isTaskTerminal(next as TaskState))).toBe(true);
  }
});

test('a stored status follows the physical transitions, whether the run was pulled or pushed', () => {
  const allowed = new Set(physicalTransitions().map(({ from, to }) => `${from}>${to}`));
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 60 }), (choices) => {
      let state: TaskState | 'none' = 'none';
      let stored: TaskState | 'none' = 'none';
      for (const choice of choices) {
        const possible = Object.keys(TASK_TRANSITIONS[state]) as TaskEvent[];
        const event = possible[choice % possible.length] as TaskEvent;
        state = nextTaskState(state, event);
        const leasedOnly = event === 'lease';
        if (leasedOnly || state === stored) continue;
        expect(allowed).toContain(`${stored}>${state}`);
        stored = state;
      }
    }),
  );
});

test('the physical transitions hold the contraction of a lease and not the lease', () => {
  const pairs = physicalTransitions();
  expect(pairs).toContainEqual({ from: 'queued', to: 'success' });
  expect(pairs).toContainEqual({ from: 'retry', to: 'queued' });
  expect(pairs).toContainEqual({ from: 'pushed', to: 'running' });
  expect(pairs).not.toContainEqual({ from: 'queued', to: 'running' });
  expect(pairs).not.toContainEqual({ from: 'success', to: 'failed' });
  expect(pairs).not.toContainEqual({ from: 'waiting', to: 'running' });
  expect(pairs.filter(({ from, to }) => from === to)).toEqual([]);
});
