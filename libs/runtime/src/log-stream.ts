import { write, writeSync } from 'node:fs';
import { isNativeError } from 'node:util/types';

/** Where log lines go: written in the background, the rest of them when the process ends. */
export interface LogStream {
  write(line: string): void;
  /** Writes what waits, at once. */
  flushSync(): void;
}

const CHUNK_BYTES = 64 * 1024;
/** The reader is slow: it is tried again after this long. */
const RETRY_MS = 50;
/** Of what waits for a reader that does not read, the newest lines are left out beyond this. */
const MOST_BYTES = 16 * 1024 * 1024;
/** An ending process waits no longer for a reader that is slow. */
const PATIENCE_MS = 1000;

/**
 * A slow reader does not hold up the process; one that is gone silences it and does not keep it from ending.
 *
 * @param fd stays open
 */
export function openLogStream(fd: number): LogStream {
  let waiting: string[] = [];
  let bytes = 0;
  let rest = Buffer.alloc(0);
  let busy = false;
  let gone = false;

  const next = (): boolean => {
    if (rest.length > 0) return true;
    let size = 0;
    const end = waiting.findIndex((line) => (size += line.length) >= CHUNK_BYTES) + 1;
    rest = Buffer.from(waiting.splice(0, end === 0 ? waiting.length : end).join(''));
    bytes -= rest.length;
    return rest.length > 0;
  };
  /** True when it is to be tried again later. */
  const isSlow = (error: unknown): boolean => {
    if (isNativeError(error) && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EBUSY')) return true;
    gone = true;
    waiting = [];
    rest = Buffer.alloc(0);
    return false;
  };
  const pump = (): void => {
    if (gone || !next()) {
      busy = false;
      return;
    }
    const sent = rest;
    rest = Buffer.alloc(0);
    write(fd, sent, (error, written) => {
      if (error && !isSlow(error)) return pump();
      rest = sent.subarray(error ? 0 : written);
      if (error) setTimeout(pump, RETRY_MS).unref();
      else pump();
    });
  };
  const flushSync = (): void => {
    const end = performance.now() + PATIENCE_MS;
    while (!gone && performance.now() < end && next()) {
      try {
        rest = rest.subarray(writeSync(fd, rest));
      } catch (error) {
        if (isSlow(error)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  };

  process.on('exit', flushSync);
  return {
    write(line) {
      if (gone || bytes > MOST_BYTES) return;
      bytes += Buffer.byteLength(line);
      waiting.push(line);
      if (busy) return;
      busy = true;
      setImmediate(pump);
    },
    flushSync,
  };
}
