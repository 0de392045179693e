import type { Clock } from '@taskflow/domain';
import type { LeaseRef, LogAck, LogBatch, WorkerLogLine } from '@taskflow/proto/taskflow/v1/workers.js';
import { logLines } from './log-lines.js';
import { leaseKey } from './lease-key.js';

export type LogStreamName = 'stdout' | 'stderr' | 'system';

/** Lines of one attempt on their way to the service. */
export interface RunLog {
  /** One or several lines. When the service is slow or away and the buffer is full, lines are left out and counted. */
  write(stream: LogStreamName, text: string): void;
  /** True when a writer that can wait should: see {@link whenRoom}. */
  readonly full: boolean;
  /** Resolves when there is room again; at once while there is no connection, so that no command hangs on its log. */
  whenRoom(): Promise<void>;
}

export interface LogHub {
  open(ref: LeaseRef): RunLog;
  /** Lines of an ended attempt, all of them, to be sent before its completion. */
  finish(ref: LeaseRef): LogBatch[];
  ack(acks: readonly LogAck[]): void;
  /** Tells whether there is a stream; without one nothing is sent. After a reconnect what was not acknowledged is sent again. */
  connected(state: boolean): void;
  /** Forgets an attempt whose lease is lost. */
  drop(ref: LeaseRef): void;
  /** True when every line was acknowledged. */
  readonly idle: boolean;
}

const FLUSH_MS = 50;
/** Unacknowledged bytes of one attempt that are kept. */
const BUFFER_BYTES = 1024 * 1024;
/** Per attempt and flush: about 150 MB a minute. */
const FLUSH_BYTES = 128 * 1024;
const MESSAGE_BYTES = 1024 * 1024;
const MOST_ENDED = 1000;

interface Buffered {
  readonly ref: LeaseRef;
  seq: bigint;
  bytes: number;
  unsent: WorkerLogLine[];
  sent: WorkerLogLine[];
  dropped: number;
  ended: boolean;
  waiting: (() => void)[];
}

export function createLogHub(clock: Clock, send: (batches: LogBatch[]) => void): LogHub {
  const logs = new Map<string, Buffered>();
  let online = false;
  let timer: NodeJS.Timeout | undefined;

  const schedule = (): void => {
    if (online) timer ??= setTimeout(flush, FLUSH_MS);
  };
  const flush = (): void => {
    timer = undefined;
    if (!online) return;
    let room = MESSAGE_BYTES;
    let left = false;
    const batches: LogBatch[] = [];
    for (const [key, log] of logs) {
      if (log.unsent.length === 0) continue;
      if (room <= 0) {
        left = true;
        break;
      }
      const lines = take(log, Math.min(FLUSH_BYTES, room));
      for (const line of lines) room -= line.line.length + 32;
      batches.push({ ref: log.ref, lines });
      left ||= log.unsent.length > 0;
      // To the end of the map: the next flush begins with those that have had no turn.
      if (!left) continue;
      logs.delete(key);
      logs.set(key, log);
    }
    if (batches.length > 0) send(batches);
    if (left) schedule();
  };
  const release = (log: Buffered): void => {
    if (log.dropped > 0 && log.bytes < BUFFER_BYTES) {
      const note = `${log.dropped} lines were left out: the service could not take them in time`;
      log.dropped = 0;
      append(log, 'system', note);
    }
    if (online && log.bytes >= BUFFER_BYTES) return;
    for (const resolve of log.waiting.splice(0)) resolve();
  };
  const append = (log: Buffered, stream: LogStreamName, line: string): void => {
    log.seq += 1n;
    log.bytes += line.length + 32;
    log.unsent.push({ seq: log.seq, stream, at: clock.now(), line });
    schedule();
  };
  const forget = (key: string, log: Buffered): void => {
    logs.delete(key);
    for (const resolve of log.waiting.splice(0)) resolve();
  };

  return {
    open(ref) {
      const log: Buffered = { ref, seq: 0n, bytes: 0, unsent: [], sent: [], dropped: 0, ended: false, waiting: [] };
      logs.set(leaseKey(ref), log);
      return {
        write(stream, text) {
          for (const line of logLines(text)) {
            if (log.bytes >= 2 * BUFFER_BYTES || (log.bytes >= BUFFER_BYTES && !online)) log.dropped += 1;
            else append(log, stream, line);
          }
        },
        get full() {
          return online && log.bytes >= BUFFER_BYTES;
        },
        whenRoom() {
          if (!online || log.bytes < BUFFER_BYTES) return Promise.resolve();
          return new Promise((resolve) => log.waiting.push(resolve));
        },
      };
    },
    finish(ref) {
      const log = logs.size === 0 ? undefined : logs.get(leaseKey(ref));
      if (!log) return [];
      log.ended = true;
      evictEnded(logs);
      if (!online) return [];
      const batches: LogBatch[] = [];
      while (log.unsent.length > 0) batches.push({ ref, lines: take(log, MESSAGE_BYTES) });
      return batches;
    },
    ack(acks) {
      for (const { ref, seq } of acks) {
        const key = ref && leaseKey(ref);
        const log = key === undefined ? undefined : logs.get(key);
        if (!log || key === undefined) continue;
        const stored = log.sent.findIndex((line) => line.seq > seq);
        for (const line of log.sent.splice(0, stored === -1 ? log.sent.length : stored))
          log.bytes -= line.line.length + 32;
        release(log);
        if (log.ended && log.sent.length === 0 && log.unsent.length === 0) forget(key, log);
      }
    },
    connected(state) {
      online = state;
      if (state) for (const log of logs.values()) log.unsent.unshift(...log.sent.splice(0));
      else for (const log of logs.values()) release(log);
      if (logs.size > 0) schedule();
    },
    drop(ref) {
      const log = logs.get(leaseKey(ref));
      if (log) forget(leaseKey(ref), log);
    },
    get idle() {
      for (const log of logs.values()) if (log.sent.length > 0 || log.unsent.length > 0) return false;
      return true;
    },
  };
}

/** Moves lines of up to `bytes`, at least one, from unsent to sent. */
function take(log: Buffered, bytes: number): WorkerLogLine[] {
  let count = 0;
  for (let room = bytes; count < log.unsent.length && room > 0; count += 1)
    room -= (log.unsent[count]?.line.length ?? 0) + 32;
  const lines = log.unsent.splice(0, count);
  log.sent.push(...lines);
  return lines;
}

/** An ended attempt's log that is never acknowledged must not stay for ever. */
function evictEnded(logs: Map<string, Buffered>): void {
  if (logs.size <= MOST_ENDED) return;
  for (const [key, log] of logs) {
    if (!log.ended || log.bytes === 0) continue;
    logs.delete(key);
    if (logs.size <= MOST_ENDED) return;
  }
}
