import { Worker } from 'node:worker_threads';
import { HEARTBEAT_THREAD } from '../heartbeat-url.js';
import type { Beat, HeartbeatReport, LostSession, ThreadData } from './heartbeat-protocol.js';
import type { WorkerLogger } from './worker-logger.js';

/** Keeps the session's leases alive from a thread that user code cannot block. */
export interface Heart {
  /** Starts the thread; resolves when it can beat, so that the first beat of a session is not late. */
  start(): Promise<void>;
  /** From now on renews this session. */
  beat(beat: Beat): void;
  /** True while the last heartbeat of the session was answered. */
  readonly healthy: boolean;
  stop(): Promise<void>;
}

export interface HeartOptions {
  readonly address: string;
  readonly token?: string | undefined;
  readonly logger: WorkerLogger;
  /** The session is over: its leases are no longer ours. */
  readonly onLost: (sessionId: string, lost: LostSession) => void;
}

export function createHeart({ address, token, logger, onLost }: HeartOptions): Heart {
  let current: Beat | undefined;
  let healthy = false;
  let stopped = false;
  let thread: Worker | undefined;
  const ready = Promise.withResolvers<void>();

  function spawn(): Worker {
    const started = new Worker(HEARTBEAT_THREAD, {
      workerData: { address, token } satisfies ThreadData,
      name: 'taskflow-heartbeat',
    });
    started.on('message', (report: HeartbeatReport) => {
      if (report.kind === 'ready') {
        // From now on it must not keep a process alive that has nothing else to do.
        started.unref();
        return ready.resolve();
      }
      if (report.sessionId !== current?.sessionId) return;
      healthy = report.kind === 'beat';
      if (report.kind === 'trouble') logger.warn({ detail: report.detail }, 'a heartbeat was not answered');
      if (report.kind === 'lost') onLost(report.sessionId, report.lost);
    });
    started.on('error', (error) => logger.error({ err: error }, 'the heartbeat thread failed'));
    started.on('exit', () => {
      ready.resolve();
      if (stopped || !current) return;
      healthy = false;
      thread = spawn();
      thread.postMessage(current);
    });
    return started;
  }

  return {
    start() {
      thread ??= spawn();
      return ready.promise;
    },
    beat(beat) {
      current = beat;
      healthy = true;
      thread ??= spawn();
      thread.postMessage(beat);
    },
    get healthy() {
      return healthy;
    },
    async stop() {
      stopped = true;
      healthy = false;
      await thread?.terminate();
    },
  };
}
