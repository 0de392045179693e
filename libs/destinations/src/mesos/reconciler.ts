import type { Clock } from '@taskflow/domain';
import { isTerminal } from './observe-status.js';
import type { Subscription } from './subscription.js';
import type { KnownTask, TaskBook } from './task-book.js';

/** A task to ask for, and its agent where it is known: the master answers more to who names it. */
export interface Asked {
  readonly name: string;
  readonly agent: string | undefined;
}

/** Asks the master for states. Answers come as updates, or do not come while agents are on their way back. */
export interface Reconciler {
  /** Asks for these, and waits for the answers no longer than this. @throws NotSubscribed */
  ask(tasks: readonly Asked[], withinMs: number, signal: AbortSignal): Promise<void>;
  /** Of these, those whose state is to be asked for by now; what is not answered is asked for at growing intervals. */
  due<T extends Asked>(tasks: readonly T[]): T[];
  /** Asks for all tasks of the framework, whoever launched them. */
  askForAll(signal: AbortSignal): Promise<void>;
  /** What was asked for on a connection that is gone is asked for again at once. */
  dropped(): void;
}

const CHUNK = 1000;
/** Updates come by themselves; this finds what no update told. */
const ROUTINE_MS = 15 * 60_000;
const UNREACHABLE_MS = 30_000;
const ABSENT_MS = 10_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export function createReconciler(tasks: TaskBook, subscription: () => Subscription, clock: Clock): Reconciler {
  const open = new Map<string, { at: number; pauseMs: number }>();

  const isDue = ({ name }: Asked): boolean => {
    const now = clock.monotonicMs();
    const known = tasks.get(name);
    const asked = open.get(name);
    if (asked !== undefined && known?.fresh !== true) return now - asked.at >= asked.pauseMs;
    return known?.fresh !== true || now - Math.max(known.heardAt, asked?.at ?? 0) >= restMs(known);
  };

  return {
    due: (wanted) => wanted.filter(isDue),
    async ask(wanted, withinMs, signal) {
      if (wanted.length === 0) return;
      const names = wanted.map(({ name }) => name);
      const at = clock.monotonicMs();
      // That it was not there does not tell that it is not.
      for (const name of names) if (tasks.get(name)?.absent === true) tasks.forget(name);
      for (let from = 0; from < wanted.length; from += CHUNK) {
        const asks = wanted.slice(from, from + CHUNK).map(({ name, agent }) => {
          return { task_id: { value: name }, ...(agent === undefined ? {} : { agent_id: { value: agent } }) };
        });
        await subscription().call('RECONCILE', { reconcile: { tasks: asks } }, signal);
      }
      for (const name of names) {
        const pauseMs = Math.min((open.get(name)?.pauseMs ?? FIRST_PAUSE_MS / 2) * 2, LONGEST_PAUSE_MS);
        open.set(name, { at, pauseMs });
      }
      await tasks.heardOf(names, withinMs);
      for (const name of names) if ((tasks.get(name)?.heardAt ?? -1) >= at) open.delete(name);
    },
    askForAll: (signal) => subscription().call('RECONCILE', { reconcile: { tasks: [] } }, signal),
    dropped: () => open.clear(),
  };
}

/** How long an answer is relied on. */
function restMs({ absent, status }: KnownTask): number {
  if (absent) return ABSENT_MS;
  if (isTerminal(status)) return Infinity;
  return ['TASK_UNREACHABLE', 'TASK_LOST'].includes(status.state) ? UNREACHABLE_MS : ROUTINE_MS;
}
