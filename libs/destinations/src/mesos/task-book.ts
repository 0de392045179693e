import type { Clock } from '@taskflow/domain';
import { isAbsent, isTerminal } from './observe-status.js';
import type { TaskStatus } from './scheduler-api.js';

/** What is known of a task. */
export interface KnownTask {
  readonly name: string;
  readonly status: TaskStatus;
  readonly started: Date | undefined;
  /** Heard since the last subscription. */
  readonly fresh: boolean;
  /** Milliseconds of the monotonic clock. */
  readonly heardAt: number;
  /** The master has no such task. */
  readonly absent: boolean;
}

/** The last status of each task, as updates and answers bring them. */
export interface TaskBook {
  get(name: string): KnownTask | undefined;
  values(): Iterable<KnownTask>;
  /** An update that is older than an end already known changes nothing. */
  note(status: TaskStatus): void;
  /** Nothing can be relied on any more but ends. */
  spoil(): void;
  forget(name: string): void;
  /** Resolves when something fresh is known of all of these, or the time is over. */
  heardOf(names: readonly string[], withinMs: number): Promise<void>;
}

export function createTaskBook(clock: Clock): TaskBook {
  const tasks = new Map<string, KnownTask>();
  const waiting = new Set<() => void>();

  return {
    get: (name) => tasks.get(name),
    values: () => tasks.values(),
    note(status) {
      const name = status.task_id.value;
      const known = tasks.get(name);
      const heard = { fresh: true, heardAt: clock.monotonicMs() };
      const isLater = status.uuid !== undefined && (isTerminal(status) || known?.status.uuid === undefined);
      if (known && !known.absent && isTerminal(known.status) && !isLater) {
        tasks.set(name, { ...known, ...heard });
      } else {
        const started = known?.started ?? (status.state === 'TASK_RUNNING' ? clock.now() : undefined);
        tasks.set(name, { name, status, started, ...heard, absent: isAbsent(status) });
      }
      for (const look of [...waiting]) look();
    },
    spoil() {
      for (const [name, task] of tasks) tasks.set(name, { ...task, fresh: !task.absent && isTerminal(task.status) });
    },
    forget: (name) => void tasks.delete(name),
    async heardOf(names, withinMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (names.every((name) => tasks.get(name)?.fresh)) resolve();
      };
      waiting.add(look);
      const timer = setTimeout(resolve, withinMs);
      look();
      await promise;
      clearTimeout(timer);
      waiting.delete(look);
    },
  };
}
