import { Unavailable } from '@taskflow/domain';
import type { LeasedTask } from '@taskflow/engine';
import type { Hub } from './hub.js';
import type { Taker } from './taker.js';
import type { Mailbox } from './mailbox.js';
import type { WorkerSession } from './worker-session.js';

export interface LeaseWish {
  readonly maxLeases: number;
  /** Milliseconds; 0: one look. */
  readonly waitMs: number;
  /** Milliseconds between the heartbeats that waiting gives. */
  readonly heartbeatMs: number;
}

/**
 * Waits for leases of one long poll. Ends early with none when a cancel has to be told, or the api stops. What was claimed for a caller
 * who has gone meanwhile is handed back.
 */
export async function awaitLeases(
  hub: Hub,
  session: WorkerSession,
  mailbox: Mailbox,
  wish: LeaseWish,
  signal: AbortSignal,
): Promise<readonly LeasedTask[]> {
  if (wish.maxLeases === 0 || mailbox.full() || signal.aborted) return [];
  const over = Promise.withResolvers<readonly LeasedTask[]>();
  let taken: readonly LeasedTask[] | undefined;
  const taker: Taker = {
    sessionId: session.id,
    get laneIds() {
      return session.laneIds;
    },
    wanted: () => (taken === undefined ? wish.maxLeases : 0),
    take(leases) {
      taken = leases;
      session.holds(leases);
      over.resolve(leases);
    },
  };
  const stopWaiting = (): void => over.resolve([]);
  const unsubscribe = mailbox.onNews((error) => (error ? over.reject(error) : stopWaiting()));
  session.onLanes = () => hub.leases.changed(taker);
  signal.addEventListener('abort', stopWaiting, { once: true });
  const beat = setInterval(() => {
    hub.heartbeat(session.id).catch((error: unknown) => over.reject(error));
  }, wish.heartbeatMs);
  const timer = wish.waitMs > 0 ? setTimeout(stopWaiting, wish.waitMs) : undefined;
  hub.leases.join(taker);
  if (wish.waitMs === 0) void hub.leases.looked(taker).then(stopWaiting);
  try {
    await over.promise;
  } finally {
    hub.leases.leave(taker);
    unsubscribe();
    clearInterval(beat);
    clearTimeout(timer);
    signal.removeEventListener('abort', stopWaiting);
  }
  if (!signal.aborted) return taken ?? [];
  if (taken !== undefined) await session.handBack(taken.map(({ ref }) => ref));
  throw new Unavailable('The caller has gone.', { reason: 'CANCELLED' });
}
