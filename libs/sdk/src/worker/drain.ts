import { pause } from '../backoff.js';
import type { LogHub } from './log-hub.js';
import type { Outbox } from './outbox.js';
import type { Pool } from './pool.js';
import type { Session } from './session.js';

export interface DrainParts {
  readonly session: Session;
  readonly pool: Pool;
  readonly outbox: Outbox;
  readonly logs: LogHub;
  /** How long what runs may go on. */
  readonly drainMs: number;
  /** How long it may take to end once it is told to. */
  readonly graceMs: number;
  /** Resolves at the next end, acknowledgement or reconnect. */
  readonly changed: () => Promise<void>;
}

/** For results to be acknowledged when all of `drainMs` is used up, and for the goodbye. A process may not take longer. */
const LAST_WORDS_MS = 3000;
/** For the goodbye of one whose results nobody acknowledges. */
const UNHEARD_MS = 500;
/** After force: a killed command needs a moment to be reaped. */
const REAP_MS = 500;

/** Brings a worker to rest; nothing runs afterwards, and the service knows the fate of every lease. */
export async function drain(parts: DrainParts): Promise<void> {
  const { session, pool, outbox, logs, drainMs, graceMs, changed } = parts;
  const end = performance.now() + drainMs;
  session.drain();
  pool.drain();
  const until = async (done: () => boolean, ms: number): Promise<boolean> => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), ms);
    while (!done() && !deadline.signal.aborted) await Promise.race([changed(), pause(ms, deadline.signal)]);
    clearTimeout(timer);
    deadline.abort();
    return done();
  };
  const rested = await until(() => pool.settled, drainMs);
  if (!rested) {
    pool.abortAll('draining', 'the worker stops; the run is handed back');
    await until(() => pool.settled, graceMs + REAP_MS);
  }
  const heard = await until(() => outbox.size === 0 && logs.idle, Math.max(LAST_WORDS_MS, end - performance.now()));
  await session.close(heard ? LAST_WORDS_MS : UNHEARD_MS);
}
