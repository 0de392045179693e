import { LeaseLost, isTaskflowError } from '@taskflow/domain';
import {
  appendLogs,
  closeSession,
  completeTasks,
  drainSession,
  handBack,
  heartbeat,
  heartbeatMs,
  isReconnect,
  leaseTasks,
  lockedLeases,
  openSession,
  pendingCancels,
  resolveLanes,
  sessionReplaced,
  type Ctx,
  type OpenSessionInput,
} from '@taskflow/engine';
import { fencedWrites, type TestSignal } from '@taskflow/runtime';
import type { LeaseRef } from '@taskflow/store';
import { createCancelWatch } from './cancel-watch.js';
import { createCompletionRecorder } from './completion-recorder.js';
import { createLeaseDispatcher, type LeaseDispatcher } from './lease-dispatcher.js';
import { leaseKey } from './lease-key.js';
import { createWorkerSession, type WorkerSession } from './worker-session.js';

export interface OpenedSession {
  readonly session: WorkerSession;
  /** Of the held leases: no longer this worker's. */
  readonly lost: readonly LeaseRef[];
  /** Milliseconds. */
  readonly leaseTtlMs: number;
  /** Milliseconds. */
  readonly heartbeatMs: number;
}

export interface HubOptions {
  readonly ctx: Ctx;
  /** True while notifications arrive; polls are rarer then. */
  readonly listening: () => boolean;
  /** New lines of these task instances are stored. */
  readonly onLogs: (taskInstanceIds: readonly string[]) => void;
  /** How long leases hold without a heartbeat, in milliseconds. */
  readonly leaseTtlMs: number;
  /** For tests of sudden death: `leases_claimed` is between the commit of a claim and its message to the worker. */
  readonly reached?: TestSignal;
}

/** Every worker that is connected to this process: claims, completions and cancels of all of them together. */
export interface Hub {
  open(input: OpenSessionInput): Promise<OpenedSession>;
  find(sessionId: string): WorkerSession | undefined;
  /** A session that another api opened, or this one before a restart. Fails with LeaseLost when it has expired. */
  adopt(sessionId: string): Promise<WorkerSession>;
  heartbeat(sessionId: string): Promise<{ readonly leaseTtlMs: number; readonly heartbeatMs: number }>;
  /** The transport is gone; leases stay the worker's until they expire or it connects again. */
  drop(session: WorkerSession): void;
  /** The worker takes no more and will say goodbye. */
  drain(session: WorkerSession): Promise<void>;
  /** The worker said goodbye: what it holds goes back to the queue. */
  close(session: WorkerSession, reason: string): Promise<void>;
  readonly leases: LeaseDispatcher;
  wakeReady(laneIds: readonly number[]): void;
  wakeCancels(): void;
  /** Definitions changed: sessions may match more lanes. */
  wakeLanes(): void;
  stop(graceMs: number): Promise<void>;
}

const POLL_MS = 1000;
// With notifications the polls are only there for a lost one.
const CALM_CANCEL_POLLS = 5;
const LANE_POLLS = 10;
const MOST_NAMED = 10;

export function createHub({ ctx, listening, onLogs, leaseTtlMs, reached = () => undefined }: HubOptions): Hub {
  const { logger } = ctx;
  const sessions = new Map<string, WorkerSession>();
  const foreign = new Set<number>();
  let polls = 0;
  let refreshing: Promise<void> | undefined;
  let refreshAgain = false;

  const report = (message: string) => (error: unknown) => {
    if (isTaskflowError(error) && error.retryable) logger.warn({ err: error }, message);
    else logger.error({ err: error }, message);
  };

  const recorder = createCompletionRecorder({
    complete: (completions) => completeTasks(ctx, { completions }),
    locked: (refs) => lockedLeases(ctx, { leases: refs }),
    onRetry: report('completions wait for the database'),
    onLocked: (refs) =>
      logger.warn(
        { task_instances: refs.slice(0, MOST_NAMED).map(({ id }) => id), count: refs.length },
        'completions wait for rows that another transaction holds locked',
      ),
    onBroken: (error, { ref }) => logger.error({ err: error, task_instance: ref.id }, 'completion cannot be recorded'),
  });
  const leases = createLeaseDispatcher({
    lease: (laneIds, demand) => leaseTasks(ctx, { laneIds, demand }),
    onLeased: () => reached('leases_claimed'),
    giveBack: async (sessionId, given) => {
      await handBack(ctx, { sessionId, leases: given.map(({ ref }) => ref) });
    },
    onError: report('claiming failed'),
  });
  const cancels = createCancelWatch({
    pending: (sessionIds) => pendingCancels(ctx, { sessionIds }),
    sessions: () => sessions.values(),
    onError: report('looking for cancels failed'),
  });

  const refreshLanes = async (): Promise<void> => {
    do {
      refreshAgain = false;
      if (sessions.size === 0) break;
      try {
        for (const { sessionId, laneIds } of await resolveLanes(ctx, { sessionIds: [...sessions.keys()] })) {
          const session = sessions.get(sessionId);
          if (session === undefined) continue;
          session.laneIds = laneIds;
          session.onLanes();
        }
      } catch (error) {
        report('resolving lanes failed')(error);
        break;
      }
    } while (refreshAgain);
    refreshing = undefined;
  };
  const wakeLanes = (): void => {
    refreshAgain = true;
    refreshing ??= Promise.resolve().then(refreshLanes);
  };

  const timer = setInterval(() => {
    polls += 1;
    leases.poll(!listening());
    if (!listening() || polls % CALM_CANCEL_POLLS === 0) cancels.check();
    if (polls % LANE_POLLS === 0) wakeLanes();
  }, POLL_MS);

  const add = (
    opened: Pick<WorkerSession, 'id' | 'worker' | 'process' | 'laneIds'>,
    held: readonly LeaseRef[] | undefined,
  ): WorkerSession => {
    const { id } = opened;
    const session = createWorkerSession({
      ...opened,
      held,
      recorder,
      append: async (batches) => {
        const acks = await appendLogs(ctx, { sessionId: id, batches });
        onLogs(batches.map(({ ref }) => ref.id));
        return acks;
      },
      handBack: async (refs) => {
        await handBack(ctx, { sessionId: id, leases: refs });
      },
      onLogError: report('log lines could not be stored'),
    });
    sessions.set(id, session);
    return session;
  };

  const replace = (hello: OpenSessionInput): void => {
    for (const session of sessions.values()) {
      if (session.worker !== hello.worker) continue;
      sessions.delete(session.id);
      const over = new LeaseLost(`Worker "${hello.worker}" has connected again; this session of it is over.`);
      session.onEnd(isReconnect(hello, session) ? over : sessionReplaced(hello.worker));
    }
  };

  return {
    leases,
    async open(input) {
      const opened = await openSession(ctx, { ...input, leaseTtlMs });
      replace(input);
      const lost = new Set(opened.lost.map(leaseKey));
      const held = input.held.filter((ref) => !lost.has(leaseKey(ref)));
      const { worker, process } = input;
      const session = add({ id: opened.sessionId, worker, process, laneIds: opened.laneIds }, held);
      // What was cancelled while the worker was away.
      if (held.length > 0) setImmediate(() => cancels.check());
      return { session, lost: opened.lost, leaseTtlMs: opened.leaseTtlMs, heartbeatMs: opened.heartbeatMs };
    },
    find: (sessionId) => sessions.get(sessionId),
    async adopt(sessionId) {
      await heartbeat(ctx, { sessionId, leaseTtlMs });
      const [resolved] = await resolveLanes(ctx, { sessionIds: [sessionId] });
      const known = sessions.get(sessionId);
      const laneIds = resolved?.laneIds ?? [];
      return known ?? add({ id: sessionId, worker: '', process: undefined, laneIds }, undefined);
    },
    async heartbeat(sessionId) {
      try {
        const renewed = await heartbeat(ctx, { sessionId, leaseTtlMs });
        return { ...renewed, heartbeatMs: heartbeatMs(renewed.leaseTtlMs) };
      } catch (error) {
        const session = sessions.get(sessionId);
        if (error instanceof LeaseLost) fencedWrites.add('heartbeat');
        if (error instanceof LeaseLost && session !== undefined) {
          sessions.delete(sessionId);
          session.onEnd(error);
        }
        throw error;
      }
    },
    drop(session) {
      if (sessions.get(session.id) === session) sessions.delete(session.id);
    },
    drain: (session) => drainSession(ctx, { sessionId: session.id }),
    async close(session, reason) {
      await session.logs.settled();
      sessions.delete(session.id);
      await closeSession(ctx, { sessionId: session.id, reason });
    },
    wakeReady(laneIds) {
      leases.wake(laneIds);
      // A lane made after the sessions were resolved, for example by a submission to another queue.
      const unknown = laneIds.filter((laneId) => !foreign.has(laneId) && !leases.serves(laneId));
      for (const laneId of unknown) foreign.add(laneId);
      if (unknown.length > 0 && sessions.size > 0) wakeLanes();
    },
    wakeCancels: () => cancels.check(),
    wakeLanes,
    async stop(graceMs) {
      clearInterval(timer);
      await leases.stop();
      const all = [...sessions.values()];
      for (const session of all) session.onGoAway('the api stops');
      await Promise.all([...all.map((session) => session.logs.settled()), recorder.stop(graceMs)]);
      for (const session of all) session.onEnd();
      await Promise.all([cancels.settled(), refreshing]);
    },
  };
}
