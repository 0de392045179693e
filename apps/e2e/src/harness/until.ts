import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until `probe` gives something; fails with what was awaited when the time is over. */
export async function until<T>(
  awaited: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`still not after ${timeoutMs} ms: ${awaited}`);
    await pause(25);
  }
}
