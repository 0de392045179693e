import { setTimeout as sleep } from 'node:timers/promises';
import { processFragment, workerFragment, type FragmentValues, type Runtime, type Service } from '@taskflow/runtime';
import { worker, type Worker as SdkWorker } from '@taskflow/sdk';
import { loadModules } from './load-modules.js';

/** Everything that the worker reads from the environment. */
export const workerConfig = { ...processFragment, ...workerFragment };

export type WorkerConfig = Omit<FragmentValues<typeof workerConfig>, 'logLevel' | 'otlpEndpoint'>;

export interface WorkerHealth {
  /** Work can be received: a session is open and its heartbeats are answered. */
  readonly ok: boolean;
  /** What is missing, for people. */
  readonly detail: string;
  /** Task instances that run now. */
  readonly running: number;
}

export interface Worker extends Service {
  health(): WorkerHealth;
}

/** From SIGTERM to SIGKILL, and until a handler that ignores its signal is given up. Below the process's own grace. */
const GRACE_MS = 3000;
/** The api may come later than the worker: the start does not wait longer for it. */
const START_MS = 5000;

/**
 * The worker service: loads the user's modules, registers their Tasks and Workflows and runs them, and Bash commands.
 *
 * `start` rejects when a module cannot be loaded or a definition is refused; an api that is away is waited for in the
 * background, and what it refuses then, or a second worker of the same name, rejects `failed`. `stop` drains for `shutdownTimeoutMs`, then stops what runs and hands it back.
 */
export function createWorker({ logger, tracer, version }: Runtime, config: WorkerConfig): Worker {
  let running: SdkWorker | undefined;
  let stopping = false;
  let failure: string | undefined;
  const failed = Promise.withResolvers<never>();
  // It may fail with nobody there to see to it: `health` says so too.
  failed.promise.catch(() => undefined);

  return {
    async start() {
      const modules = await loadModules(config.load);
      if (stopping) return;
      running = worker({
        ...modules,
        address: config.apiAddress,
        token: config.token,
        queues: config.queues,
        onlyTasks: config.onlyTasks,
        labels: config.labels,
        slots: config.slots,
        prefetch: config.prefetch,
        bash: config.bash,
        signals: false,
        drainMs: config.shutdownTimeoutMs,
        graceMs: GRACE_MS,
        version,
        logger,
        tracer,
        ...(config.workerName === undefined ? {} : { name: config.workerName }),
      });
      const started = running.start();
      const late = new AbortController();
      await Promise.race([started, sleep(START_MS, undefined, { signal: late.signal }).catch(() => undefined)]);
      late.abort();
      running.run().catch((error: unknown) => {
        failure = error instanceof Error ? error.message : String(error);
        failed.reject(error);
      });
    },
    failed: failed.promise,
    async stop() {
      stopping = true;
      await running?.stop();
    },
    health() {
      const health = running?.health();
      const detail =
        failure ??
        (!health?.connected ? `no session with the api at ${config.apiAddress}` : undefined) ??
        (!health?.heartbeats ? 'heartbeats are not answered' : '');
      return { ok: detail === '', detail, running: health?.running ?? 0 };
    },
  };
}
