import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { trace } from '@opentelemetry/api';
import { InvalidInput, fieldViolation, systemClock } from '@taskflow/domain';
import { createClient, openChannel } from '@taskflow/rpc/client';
import { WorkerServiceService } from '@taskflow/proto/taskflow/v1/workers.js';
import { createGuard } from '../bash/guard.js';
import { createCommandRunner } from '../bash/run-command.js';
import { environmentToken } from '../environment-token.js';
import { createChanges } from './changes.js';
import { compile } from '../define/compile.js';
import { drain } from './drain.js';
import { BASH_HANDLER, execute } from './execute.js';
import { createHeart } from './heart.js';
import { createLogHub } from './log-hub.js';
import { createOutbox } from './outbox.js';
import { createPool } from './pool.js';
import { register } from './register.js';
import { createSession } from './session.js';
import { stderrLogger } from './worker-logger.js';
import type { Worker, WorkerOptions } from './worker-options.js';

const PROTOCOL = 1;

/**
 * A worker: registers Tasks and Workflows, leases their instances and runs them, besides Bash commands.
 *
 * @example
 * const hello = task({ name: 'hello', run: () => 'hello' });
 * await worker({ address: '127.0.0.1:7233', tasks: [hello], slots: 4 }).run();
 *
 * @throws TypeError when a Task stands alone without a name, or two share one
 */
export function worker(options: WorkerOptions = {}): Worker {
  const { slots = 10, prefetch = 0, graceMs = 5000, logger = stderrLogger(), environment = process.env } = options;
  checkCount('slots', slots, 1);
  checkCount('prefetch', prefetch, 0);
  const { definitions, handlers } = compile(options);
  const address = options.address ?? '127.0.0.1:7233';
  const name = options.name ?? `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const token = options.token ?? environmentToken(process.env);
  const channel = openChannel(address, { token });
  const changes = createChanges();
  const stopping = new AbortController();
  const guard = createGuard(environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin');
  const passEnvironment = options.passEnvironment ?? [];
  const runCommand = createCommandRunner({ guard, environment, passEnvironment, graceMs });
  const tracer = options.tracer ?? trace.getTracer('taskflow');
  const logs = createLogHub(systemClock, (batches) => session.sendLogs(batches));
  const outbox = createOutbox(logger);
  const executeOptions = { handlers, runCommand, tracer, logger, graceMs };
  const pool = createPool({
    slots,
    prefetch,
    logs,
    execute: (run, events) => execute(run, executeOptions, events),
    onEnd: (run, end) => {
      session.ended(run, end);
      changes.tell();
    },
    onRoom: () => {
      session.touch();
      changes.tell();
    },
  });
  const heart = createHeart({ address, token, logger, onLost: (sessionId, lost) => session.lost(sessionId, lost) });
  const session = createSession({
    client: createClient(WorkerServiceService, channel),
    hello: {
      protocol: PROTOCOL,
      worker: name,
      host: hostname(),
      version: options.version ?? '',
      process: randomBytes(12).toString('hex'),
      queues: [...(options.queues ?? [])],
      tasks: [...(options.onlyTasks ?? [])],
      handlers: [...handlers.keys(), ...(options.bash === false ? [] : [BASH_HANDLER])],
      labels: { ...options.labels },
      slots,
    },
    pool,
    outbox,
    logs,
    heart,
    logger,
    onProgress: changes.tell,
  });
  let opened: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  let refused = false;

  const start = async (): Promise<void> => {
    const beating = heart.start();
    if (options.register !== false) await register(channel, definitions, logger, stopping.signal);
    await beating;
    if (stopping.signal.aborted) return;
    opened = session.open();
    opened.catch(() => {
      refused = true;
      changes.tell();
    });
    while (!session.connected && !refused && !stopping.signal.aborted) await changes.next();
    if (refused) await opened;
  };
  const stop = async (drainMs: number): Promise<void> => {
    stopping.abort();
    changes.tell();
    // Whom the api refuses has nobody to tell what its runs come to.
    const waitMs = refused ? 0 : drainMs;
    if (opened) await drain({ session, pool, outbox, logs, drainMs: waitMs, graceMs, changed: changes.next });
    await heart.stop();
    guard.stop();
    channel.close();
  };
  let starting: Promise<void> | undefined;

  return {
    name,
    start() {
      starting ??= start();
      return starting;
    },
    async run() {
      const release = options.signals === false ? undefined : onSignal(() => this.stop());
      try {
        await this.start();
        await opened;
        await stopped;
      } finally {
        release?.();
      }
    },
    stop({ drainMs = options.drainMs ?? 30_000 } = {}) {
      stopped ??= stop(drainMs);
      return stopped;
    },
    health() {
      const { connected } = session;
      const heartbeats = heart.healthy;
      return { healthy: connected && heartbeats, connected, heartbeats, running: pool.running, slots };
    },
  };
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Calls at the first signal; further ones do what they do by themselves, which is to end the process. */
function onSignal(stop: () => Promise<void>): () => void {
  const once = (): void => {
    release();
    void stop();
  };
  const release = (): void => SIGNALS.forEach((signal) => process.off(signal, once));
  for (const signal of SIGNALS) process.on(signal, once);
  return release;
}

function checkCount(field: string, value: number, min: number): void {
  if (Number.isInteger(value) && value >= min && value <= 10_000) return;
  throw InvalidInput.of('the worker', [fieldViolation(field, value, `a whole number from ${min} to 10000`)]);
}
