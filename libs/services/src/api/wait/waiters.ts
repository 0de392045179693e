import { Unavailable, type Clock } from '@taskflow/domain';

export type WaitKind = 'task' | 'workflow';

export interface WaitersOptions {
  readonly clock: Clock;
  /** Which of these have ended; one statement for everybody who waits. */
  readonly endedOf: (
    ids: Readonly<Record<WaitKind, readonly string[]>>,
  ) => Promise<Record<WaitKind, readonly string[]>>;
  readonly onError: (error: unknown) => void;
}

/** Calls that wait for the end of an instance, served by hints within the process and one poll for all of them. */
export interface Waiters {
  /** Resolves with true when the instance is said to have ended, with false when the time has passed or the caller has gone. */
  wait(kind: WaitKind, id: string, timeoutMs: number, signal: AbortSignal): Promise<boolean>;
  /** These have ended, as this process knows by itself. */
  ended(kind: WaitKind, ids: readonly string[]): void;
  /** Something happened to workflow instances elsewhere: look soon. */
  hint(): void;
  /** Ends every wait with Unavailable (DRAINING). */
  stop(): Promise<void>;
}

interface Waiter {
  readonly kind: WaitKind;
  readonly id: string;
  settle(outcome: boolean | Error): void;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 1000;
const GROWTH = 1.5;
// After a hint the scheduler needs a moment; what it writes is looked for at once, then ever more rarely.
const HINTED_PAUSE_MS = 10;
const LEAST_BETWEEN_POLLS_MS = 20;

export function createWaiters(options: WaitersOptions): Waiters {
  const { clock } = options;
  const waiters = new Map<string, Set<Waiter>>();
  let timer: NodeJS.Timeout | undefined;
  let polling: Promise<void> | undefined;
  let pause = FIRST_PAUSE_MS;
  let polledAt = Number.NEGATIVE_INFINITY;
  let stopped = false;

  const schedule = (): void => {
    clearTimeout(timer);
    if (stopped || waiters.size === 0 || polling !== undefined) return;
    const earliest = polledAt + LEAST_BETWEEN_POLLS_MS - clock.monotonicMs();
    timer = setTimeout(
      () => {
        polling = poll().finally(() => {
          polling = undefined;
          schedule();
        });
      },
      Math.max(pause, earliest),
    );
    pause = Math.min(pause < FIRST_PAUSE_MS ? pause * 2 : pause * GROWTH, LONGEST_PAUSE_MS);
  };

  const poll = async (): Promise<void> => {
    polledAt = clock.monotonicMs();
    const all = [...waiters.values()].flatMap(([first]) => first ?? []);
    const idsOf = (kind: WaitKind) => all.filter((each) => each.kind === kind).map(({ id }) => id);
    try {
      const ended = await options.endedOf({ task: idsOf('task'), workflow: idsOf('workflow') });
      settle('task', ended.task);
      settle('workflow', ended.workflow);
    } catch (error) {
      options.onError(error);
    }
  };

  const settle = (kind: WaitKind, ids: readonly string[]): void => {
    for (const id of ids) for (const waiter of waiters.get(`${kind} ${id}`) ?? []) waiter.settle(true);
  };

  return {
    wait(kind, id, timeoutMs, signal) {
      const key = `${kind} ${id}`;
      return new Promise((resolve, reject) => {
        if (stopped) return reject(draining());
        const giveUp = (): void => waiter.settle(false);
        const overdue = setTimeout(giveUp, timeoutMs);
        const waiter: Waiter = {
          kind,
          id,
          settle(outcome) {
            clearTimeout(overdue);
            signal.removeEventListener('abort', giveUp);
            const same = waiters.get(key);
            same?.delete(waiter);
            if (same?.size === 0) waiters.delete(key);
            if (outcome instanceof Error) reject(outcome);
            else resolve(outcome);
          },
        };
        const same = waiters.get(key);
        if (same) same.add(waiter);
        else waiters.set(key, new Set([waiter]));
        if (signal.aborted) return giveUp();
        signal.addEventListener('abort', giveUp, { once: true });
        pause = Math.min(pause, FIRST_PAUSE_MS);
        schedule();
      });
    },
    ended: settle,
    hint() {
      if (![...waiters.keys()].some((key) => key.startsWith('workflow'))) return;
      pause = HINTED_PAUSE_MS;
      schedule();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      for (const same of waiters.values()) for (const waiter of same) waiter.settle(draining());
      await polling;
    },
  };
}

function draining(): Unavailable {
  return new Unavailable('The api stops; call again, another one will answer.', { reason: 'DRAINING' });
}
