/** Milliseconds before try number `attempt` (from 0): doubling from 100 ms to 5 s, each between half and the whole at random. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(5000, 100 * 2 ** Math.min(attempt, 10));
  return whole / 2 + (whole / 2) * random();
}

/** Waits for `done`, at most `ms`; the timer goes with either. */
export async function within(done: Promise<unknown>, ms: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([done, pause(ms, over.signal)]);
  over.abort();
}

/** Waits `ms`, or less when `signal` aborts. Never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
