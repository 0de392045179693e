import type { LeaseRef } from '@taskflow/store';
import { leaseKey } from './lease-key.js';

export interface LockedRoomOptions<T> {
  /** Which leases of these are still locked. */
  readonly locked: (waiting: readonly T[]) => Promise<readonly LeaseRef[]>;
  /** True while one of its leases is among the locked. */
  readonly waits: (each: T, locked: ReadonlySet<string>) => boolean;
  readonly onFree: (free: readonly T[]) => void;
  readonly onError: (error: unknown) => void;
}

/** Where results wait for rows that another transaction holds locked, looked at once a second without waiting for a lock. */
export interface LockedRoom<T> {
  enter(each: T): void;
  /** Gives what still waits. */
  close(): Promise<readonly T[]>;
}

const PAUSE_MS = 1000;

export function createLockedRoom<T>(options: LockedRoomOptions<T>): LockedRoom<T> {
  let waiting: T[] = [];
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let closed = false;

  const plan = (): void => {
    if (closed || waiting.length === 0) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      looking = look().finally(plan);
    }, PAUSE_MS);
  };

  const look = async (): Promise<void> => {
    const asked = [...waiting];
    try {
      const locked = new Set((await options.locked(asked)).map(leaseKey));
      const free = asked.filter((each) => !options.waits(each, locked));
      const gone = new Set(free);
      waiting = waiting.filter((each) => !gone.has(each));
      if (free.length > 0) options.onFree(free);
    } catch (error) {
      options.onError(error);
    }
  };

  return {
    enter(each) {
      waiting.push(each);
      plan();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
      return waiting;
    },
  };
}
