import { hostname } from 'node:os';
import { endedOf, type Ctx } from '@taskflow/engine';
import { createGateway } from '@taskflow/rpc/gateway';
import { createRpcServer } from '@taskflow/rpc/server';
import { METRICS_TYPE, metricsText, readTestSignal, type Runtime, type Service } from '@taskflow/runtime';
import { createNotifier, openDb } from '@taskflow/store';
import { openGate } from './access/open-gate.js';
import { bindHandlers } from './bind-handlers.js';
import type { ApiConfig } from './config.js';
import { requestContext } from './context.js';
import { createDatabaseWatch } from './database-watch.js';
import { pingDatabase, prepareDatabase, shownUrl } from './database.js';
import { listenForHints } from './listen.js';
import { localWake } from './local-wake.js';
import { createHub, type Hub } from './session/hub.js';
import { createWaiters, type Waiters } from './wait/waiters.js';

export { apiConfig, type ApiConfig } from './config.js';

export interface ApiHealth {
  /** It can serve. */
  readonly ok: boolean;
  /** What is missing, for people. */
  readonly detail: string;
}

export interface Api extends Service {
  health(): ApiHealth;
  /** The port that gRPC listens on; 0 before the start. */
  grpcPort(): number;
  /** The port that REST listens on; 0 before the start. */
  httpPort(): number;
}

// Between the last completion and the end of the connections.
const CLOSE_GRACE_MS = 1000;

/**
 * The api: gRPC, REST and the workers' sessions over one Postgres. `start` resolves when both ports listen; until the database can be
 * used, health is NOT_SERVING and calls fail with Unavailable (DATABASE_DOWN).
 *
 * @throws Unavailable (PORT_IN_USE) from `start`
 */
export function createApi(runtime: Runtime, config: ApiConfig): Api {
  const { logger, tracer, clock } = runtime;
  const stopping = new AbortController();
  const ports = { grpc: 0, http: 0 };
  const db = openDb({
    url: config.databaseUrl,
    applicationName: 'taskflow api',
    maxConnections: config.databasePoolSize,
    namedStatements: config.databaseNamedStatements,
  });
  const notifier = createNotifier(db, { onError: (error) => logger.debug({ err: error }, 'notification lost') });
  const wake = localWake(notifier, () => ({ hub, waiters }));
  const base: Ctx = { db, clock, logger, tracer, wake, actor: 'api', signal: stopping.signal };
  const ctx: Ctx = { ...base, waitingWorker: (laneId) => hub.leases.waiting(laneId) };
  const waiters: Waiters = createWaiters({
    clock,
    endedOf: ({ task, workflow }) => endedOf(ctx, { task, workflow }),
    onError: (error) => logger.warn({ err: error }, 'looking for ended instances failed'),
  });
  const hints = listenForHints(config, logger, () => ({ hub, waiters }));
  const hub: Hub = createHub({
    ctx,
    listening: hints.listening,
    onLogs: (ids) => waiters.ended('task', ids),
    leaseTtlMs: config.leaseTtlMs,
    reached: readTestSignal(),
  });

  const gate = openGate(config, db, clock, logger);
  const services = bindHandlers({
    hub,
    waiters,
    ctx: requestContext(ctx),
    gate,
    api: `${hostname()}:${process.pid}`,
  });
  const environment = { logger, tracer, host: config.host, services, guard: gate };
  const server = createRpcServer({ ...environment, port: config.grpcPort, portVariable: 'TASKFLOW_GRPC_PORT' });
  const watch = createDatabaseWatch({
    logger,
    database: shownUrl(config.databaseUrl),
    ping: () => pingDatabase(db),
    prepare: () => prepareDatabase(config, logger),
    onReady: (ready) => {
      server.setServing(ready);
      if (ready) hints.start();
    },
  });
  const gateway = createGateway({
    ...environment,
    port: config.httpPort,
    portVariable: 'TASKFLOW_HTTP_PORT',
    readiness: () => watch.state(),
    metrics: () => ({ type: METRICS_TYPE, text: metricsText() }),
  });
  let stopped: Promise<void> | undefined;

  const stop = async (): Promise<void> => {
    server.setServing(false);
    await watch.stop();
    await waiters.stop();
    await hub.stop(config.shutdownTimeoutMs);
    stopping.abort();
    await Promise.all([gateway.stop(), server.stop(CLOSE_GRACE_MS)]);
    await gate?.stop();
    await hints.stop();
    await notifier.close();
    await db.close();
  };

  return {
    // A port that is busy ends what has begun, so that the process can end too.
    async start() {
      try {
        ports.grpc = await server.start();
        ports.http = await gateway.start();
      } catch (error) {
        await (stopped ??= stop());
        throw error;
      }
      logger.info({ host: config.host, grpc_port: ports.grpc, http_port: ports.http }, 'api listening');
      watch.start();
    },
    stop: () => (stopped ??= stop()),
    health() {
      const { ready, detail } = watch.state();
      return { ok: ready, detail };
    },
    grpcPort: () => ports.grpc,
    httpPort: () => ports.http,
  };
}
