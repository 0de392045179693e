import type { Writable } from 'node:stream';

/** Resolves when the target has room again, has closed, or `signal` is aborted. */
export function untilDrained(target: Writable, signal: AbortSignal): Promise<void> {
  if (signal.aborted || target.destroyed || !target.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      target.off('drain', done);
      target.off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    target.on('drain', done);
    target.on('close', done);
    signal.addEventListener('abort', done);
  });
}
