import type { Writable } from 'node:stream';
import { untilDrained } from '../call/until-drained.js';

/** Writes what `messages` yields, no faster than the reader takes it; stops when `signal` is aborted. */
export async function writeAll(target: Writable, messages: AsyncIterable<unknown>, signal: AbortSignal): Promise<void> {
  for await (const message of messages) {
    if (signal.aborted) return;
    if (!target.write(message)) await untilDrained(target, signal);
  }
}
