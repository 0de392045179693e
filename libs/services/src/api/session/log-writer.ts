import { isTaskflowError } from '@taskflow/domain';
import type { LogAck, LogBatchInput } from '@taskflow/engine';
import type { LeaseRef } from '@taskflow/store';
import { leaseKey } from './lease-key.js';

export interface LogWriterOptions {
  readonly append: (batches: readonly LogBatchInput[]) => Promise<readonly LogAck[]>;
  readonly onAcks: (acks: readonly LogAck[]) => void;
  /** Lines that could not be stored are dropped; the worker sends those it has no ack for again after a reconnect. */
  readonly onError: (error: unknown) => void;
}

/** Stores the log lines of one session, batch after batch. */
export interface LogWriter {
  add(batches: readonly LogBatchInput[]): void;
  /** More is buffered than one session may hold: read no further until `relieved`. */
  full(): boolean;
  relieved(): Promise<void>;
  /** Resolves when the lines of this lease that came so far are stored; undefined when there are none. */
  pendingOf(ref: LeaseRef): Promise<void> | undefined;
  settled(): Promise<void>;
}

const MOST_BUFFERED_BYTES = 4 * 1024 * 1024;
const MOST_PER_WRITE_BYTES = 1024 * 1024;
const RETRY_PAUSE_MS = 500;
const MOST_TRIES = 20;
const LINE_OVERHEAD = 48;

export function createLogWriter(options: LogWriterOptions): LogWriter {
  let buffered: LogBatchInput[] = [];
  const counts = new Map<string, number>();
  let bytes = 0;
  let running: Promise<void> | undefined;
  let written = Promise.withResolvers<void>();

  const run = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    while (buffered.length > 0) {
      const batches = takeWrite();
      await write(batches);
      bytes -= sizeOf(batches);
      count(batches, -1);
      const done = written;
      written = Promise.withResolvers();
      done.resolve();
    }
    running = undefined;
  };

  const takeWrite = (): readonly LogBatchInput[] => {
    let size = 0;
    const end = buffered.findIndex((batch, index) => {
      size += sizeOf([batch]);
      return index > 0 && size > MOST_PER_WRITE_BYTES;
    });
    const batches = end < 0 ? buffered : buffered.slice(0, end);
    buffered = end < 0 ? [] : buffered.slice(end);
    return batches;
  };

  const write = async (batches: readonly LogBatchInput[]): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        options.onAcks(await options.append(batches));
        return;
      } catch (error) {
        options.onError(error);
        if (!isTaskflowError(error) || !error.retryable || tries >= MOST_TRIES) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
      }
    }
  };

  const count = (batches: readonly LogBatchInput[], by: 1 | -1): void => {
    for (const { ref } of batches) {
      const key = leaseKey(ref);
      const left = (counts.get(key) ?? 0) + by;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    }
  };
  const pending = async (key: string): Promise<void> => {
    while (counts.has(key)) await written.promise;
  };

  return {
    add(batches) {
      buffered.push(...batches);
      bytes += sizeOf(batches);
      count(batches, 1);
      if (buffered.length > 0) running ??= run();
    },
    full: () => bytes > MOST_BUFFERED_BYTES,
    async relieved() {
      while (bytes > MOST_BUFFERED_BYTES) await written.promise;
    },
    pendingOf(ref) {
      if (counts.size === 0) return undefined;
      const key = leaseKey(ref);
      return counts.has(key) ? pending(key) : undefined;
    },
    settled: async () => running,
  };
}

function sizeOf(batches: readonly LogBatchInput[]): number {
  let size = 0;
  for (const { lines } of batches) for (const { line } of lines) size += line.length + LINE_OVERHEAD;
  return size;
}
