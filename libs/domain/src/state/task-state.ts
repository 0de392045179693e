import { entriesOf, follow, sourcesOf, type TransitionTable } from './transition-table.js';

/** Every status of a task instance. `dequeued`: taken off the queue without running (expired, or replaced by a newer submission). */
export const TASK_STATES = [
  'waiting',
  'queued',
  'pushed',
  'running',
  'retry',
  'dequeued',
  'failed',
  'success',
  'cancelled',
  'skipped',
] as const;

export type TaskState = (typeof TASK_STATES)[number];

/** The statuses in which nothing happens any more, unless someone asks for the instance to be run again. */
export const TASK_TERMINAL = ['success', 'failed', 'cancelled', 'dequeued', 'skipped'] as const satisfies TaskState[];

export type TaskEvent =
  | 'submit'
  | 'wait'
  | 'skip'
  | 'lease'
  | 'push'
  | 'start'
  | 'succeed'
  | 'fail'
  | 'retry'
  | 'lose'
  | 'hand_back'
  | 'cancel'
  | 'dequeue'
  | 'wake'
  | 'redrive';

const READY = { lease: 'running', push: 'pushed', cancel: 'cancelled', dequeue: 'dequeued' } as const;
const ENDED = { redrive: 'queued' } as const;

/** What may happen to a task instance, and what it is then. The only such table: SQL, the test trigger and the diagram are made of it. */
export const TASK_TRANSITIONS: TransitionTable<TaskState, TaskEvent> = {
  none: { submit: 'queued', wait: 'waiting', skip: 'skipped' },
  waiting: { wake: 'queued', succeed: 'success', fail: 'failed', cancel: 'cancelled', skip: 'skipped' },
  queued: READY,
  retry: READY,
  pushed: {
    start: 'running',
    succeed: 'success',
    fail: 'failed',
    retry: 'retry',
    lose: 'retry',
    cancel: 'cancelled',
  },
  running: {
    succeed: 'success',
    fail: 'failed',
    retry: 'retry',
    lose: 'retry',
    hand_back: 'queued',
    cancel: 'cancelled',
  },
  success: ENDED,
  failed: ENDED,
  cancelled: ENDED,
  dequeued: ENDED,
  skipped: ENDED,
};

/** The status after `event`. Throws IllegalTransition that names both. */
export function nextTaskState(state: TaskState | 'none', event: TaskEvent): TaskState {
  return follow('a task instance', TASK_TRANSITIONS, state, event);
}

/** The statuses in which `event` may happen: the guard of the statement that writes it. */
export function taskStatesAllowing(event: TaskEvent): TaskState[] {
  return sourcesOf(TASK_TRANSITIONS, event);
}

export function isTaskTerminal(state: TaskState): boolean {
  return (TASK_TERMINAL as readonly TaskState[]).includes(state);
}

export interface PhysicalTransition {
  readonly from: TaskState | 'none';
  readonly to: TaskState;
}

/**
 * The changes that the stored status column may show, each once, without those that leave it as it is.
 *
 * A pulled task is `running` while its lease row exists, and its column keeps the status it was leased in. So the lease is no
 * change of the column, and whatever ends it is one from the status before: queued → success.
 */
export function physicalTransitions(): PhysicalTransition[] {
  const arrows = entriesOf(TASK_TRANSITIONS);
  const leased = arrows.filter((arrow) => arrow.event === 'lease').map((arrow) => arrow.from);
  const stored = arrows.filter((arrow) => arrow.event !== 'lease');
  const ends = stored.filter((arrow) => arrow.from === 'running');
  const contracted = leased.flatMap((from) => ends.map((end) => ({ from, to: end.to })));
  const pairs = new Map<string, PhysicalTransition>();
  for (const { from, to } of [...stored, ...contracted]) {
    if (from !== to) pairs.set(`${from}>${to}`, { from, to });
  }
  return [...pairs.values()];
}
