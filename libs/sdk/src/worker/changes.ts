/** Wakes whoever waits for the state of the worker to change. */
export interface Changes {
  tell(): void;
  /** Resolves at the next {@link tell}. */
  next(): Promise<void>;
}

export function createChanges(): Changes {
  let waiting: (() => void)[] = [];
  return {
    tell() {
      if (waiting.length === 0) return;
      const told = waiting;
      waiting = [];
      for (const wake of told) wake();
    },
    next() {
      return new Promise((resolve) => void waiting.push(resolve));
    },
  };
}
