import { isTaskflowError, type ErrorKind } from '@taskflow/domain';
import type { Hello, LeaseRef, LogBatch, Welcome } from '@taskflow/proto/taskflow/v1/workers.js';
import { backoffMs, pause, within } from '../backoff.js';
import { durationMs } from '../duration-message.js';
import { isKeptOut } from './kept-out.js';
import type { Heart } from './heart.js';
import type { LostSession } from './heartbeat-protocol.js';
import type { LogHub } from './log-hub.js';
import type { Outbox } from './outbox.js';
import type { Pool } from './pool.js';
import { isReplaced, replaced } from './replaced.js';
import type { Run, RunEnd } from './run.js';
import { openStream, type Stream, type StreamEvents, type WorkerClient } from './stream.js';
import type { WorkerLogger } from './worker-logger.js';

export interface SessionParts {
  readonly client: WorkerClient;
  readonly hello: Omit<Hello, 'held'>;
  readonly pool: Pool;
  readonly outbox: Outbox;
  readonly logs: LogHub;
  readonly heart: Heart;
  readonly logger: WorkerLogger;
  /** A session is open, or something was acknowledged. */
  readonly onProgress: () => void;
}

export interface Session {
  /**
   * Connects, and again whenever the stream ends, until closed. Rejects when the first Hello is refused for good, when the token
   * is not or no longer valid, and when another process has taken the name: to connect again would throw out that one, which
   * would do the same.
   */
  open(): Promise<void>;
  readonly connected: boolean;
  /** A run has ended: its result goes up with the next tick. */
  ended(run: Run, end: RunEnd): void;
  /** Says what has changed, with the next tick. */
  touch(): void;
  /** Sends log lines; without a stream they are sent again later. */
  sendLogs(batches: LogBatch[]): void;
  /** Leases of this session are lost: stops what runs and connects anew. */
  lost(sessionId: string, lost: LostSession): void;
  /** No more leases. */
  drain(): void;
  /** Ends the stream after everything was said; resolves when the server has ended it too, at the latest after `waitMs`. */
  close(waitMs: number): Promise<void>;
}

/** Answers to the first Hello that no retry mends. */
const FATAL: readonly ErrorKind[] = ['IllegalTransition', 'InvalidInput'];

export function createSession({ client, hello, onProgress, pool, outbox, logs, heart, logger }: SessionParts): Session {
  const closing = new AbortController();
  let stream: Stream | undefined;
  let current: Stream | undefined;
  let sessionId = '';
  let granted = 0;
  let handBack: LeaseRef[] = [];
  let draining = false;
  let ousted: Error | undefined;
  let tick: NodeJS.Immediate | undefined;

  // Lines go up before the completion that ends their attempt.
  const sendLogs = (to: Stream, ref: LeaseRef): void => {
    for (const batch of logs.finish(ref)) to.send({ $case: 'logs', value: { batches: [batch] } });
  };
  const flush = (): void => {
    tick = undefined;
    if (!current) return;
    for (const completions of outbox.take()) {
      for (const { ref } of completions) if (ref) sendLogs(current, ref);
      current.send({ $case: 'completions', value: { completions } });
    }
    for (const ref of handBack) sendLogs(current, ref);
    if (handBack.length > 0) current.send({ $case: 'handBack', value: { leases: handBack } });
    handBack = [];
    const wanted = draining ? 0 : pool.room() - granted;
    if (wanted > 0) {
      granted += wanted;
      current.send({ $case: 'credit', value: { leases: wanted } });
    }
  };
  const touch = (): void => {
    if (current) tick ??= setImmediate(flush);
  };

  const onWelcome = (welcome: Welcome, opened: Stream): void => {
    current = opened;
    sessionId = welcome.sessionId;
    granted = 0;
    const ttlMs = durationMs(welcome.leaseTtl, 15_000);
    heart.beat({ sessionId, ttlMs, intervalMs: durationMs(welcome.heartbeatInterval, ttlMs / 3) });
    pool.lose(welcome.lost);
    outbox.rewind();
    logs.connected(true);
    logger.info({ session_id: sessionId, lost: welcome.lost.length }, 'connected to the api');
    if (draining) opened.send({ $case: 'drain', value: {} });
    flush();
    onProgress();
  };
  const onMessage: StreamEvents['onMessage'] = (message, opened) => {
    switch (message.$case) {
      case 'leases':
        granted = Math.max(0, granted - message.value.leases.length);
        pool.accept(message.value.leases);
        return touch();
      case 'acks':
        outbox.ack(message.value.acks);
        return onProgress();
      case 'logAcks':
        logs.ack(message.value.acks);
        return onProgress();
      case 'cancels':
        for (const { ref, reason } of message.value.cancels) if (ref) pool.cancel(ref, reason);
        return;
      case 'goAway':
        logger.info({ reason: message.value.reason }, 'the api stops; connecting again');
        opened.finish();
        return;
    }
  };
  const run = async (): Promise<unknown> => {
    // What is not named here goes back to the queue, so that it need not be handed back.
    handBack = [];
    const held = [...pool.held(), ...outbox.held()];
    stream = openStream(client, { ...hello, held }, { onWelcome, onMessage });
    const ended = await stream.ended;
    current = undefined;
    logs.connected(false);
    return ousted ?? ended;
  };

  return {
    async open() {
      let failures = 0;
      let welcomed = false;
      while (!closing.signal.aborted) {
        const before = sessionId;
        const error = await run();
        if (closing.signal.aborted) return;
        if (isReplaced(error) || isKeptOut(error)) {
          pool.lose(pool.held());
          throw error;
        }
        const reached = sessionId !== before;
        if (!reached && !welcomed && isTaskflowError(error) && FATAL.includes(error.kind)) throw error;
        welcomed ||= reached;
        failures = reached ? 0 : failures + 1;
        const delayMs = backoffMs(failures);
        logger.warn({ err: error, retry_in_ms: Math.round(delayMs) }, 'no connection to the api');
        await pause(delayMs, closing.signal);
      }
    },
    get connected() {
      return current !== undefined;
    },
    ended(ended, end) {
      if (end.outcome === 'dropped') {
        logs.drop(ended.ref);
        const fields = { task: ended.lease.task, task_instance_id: ended.ref.id, attempt: ended.ref.attempt };
        logger.warn(fields, 'a run was dropped: its lease is lost');
      } else if (end.outcome === 'handed_back') {
        handBack.push(ended.ref);
      } else {
        outbox.add(ended, end);
      }
      touch();
    },
    touch,
    sendLogs(batches) {
      current?.send({ $case: 'logs', value: { batches } });
    },
    lost(lostId, { detail, replaced: byAnother }) {
      if (lostId !== sessionId) return;
      // Without a stream it may be our own next Hello that has replaced it.
      if (byAnother && current) ousted = replaced(detail);
      logger.error({ session_id: lostId, detail }, 'the session is lost; stopping its runs');
      pool.lose(pool.held());
      stream?.cancel();
    },
    drain() {
      draining = true;
      current?.send({ $case: 'drain', value: {} });
      touch();
    },
    async close(waitMs) {
      closing.abort();
      flush();
      const last = stream;
      last?.finish();
      if (last) await within(last.ended, waitMs);
      last?.cancel();
      clearImmediate(tick);
    },
  };
}
