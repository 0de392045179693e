import { isTaskflowError, type Clock } from '@taskflow/domain';
import { backoffMs, pause } from '../backoff.js';

/**
 * Makes a call again while the api is away, for at most `retryMs`. Only for calls that may be repeated: reads, and writes
 * that carry a request id or are idempotent by themselves.
 */
export async function retryUnavailable<T>(
  call: () => Promise<T>,
  clock: Clock,
  retryMs: number,
  signal: AbortSignal,
): Promise<T> {
  const deadline = clock.monotonicMs() + retryMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const again = isTaskflowError(error) && error.kind === 'Unavailable' && error.reason !== 'CANCELLED';
      const delayMs = backoffMs(attempt);
      if (!again || signal.aborted || clock.monotonicMs() + delayMs > deadline) throw error;
      await pause(delayMs, signal);
    }
  }
}
