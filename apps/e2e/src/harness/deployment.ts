import { createServer } from 'node:net';
import { audit, type Violation } from '@taskflow/audit';
import { client, type TaskflowClient } from '@taskflow/sdk';
import { openDb, type Db } from '@taskflow/store';
import { createTestDatabase } from '@taskflow/testing';
import { startService, type ServiceName, type ServiceProcess } from './service-process.js';

/** Services as separate processes around a database of their own. */
export interface Deployment {
  readonly db: Db;
  readonly databaseUrl: string;
  readonly grpcAddress: string;
  readonly httpUrl: string;
  readonly client: TaskflowClient;
  /** What every service is told. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts one more process; resolves when it says that it has started. */
  start(service: ServiceName, options?: StartOptions): Promise<ServiceProcess>;
  /** The newest violations of the invariants; none when all is well. */
  audit(): Promise<Violation[]>;
  /** Stops every process that still runs, and drops the database. */
  stop(): Promise<void>;
  /** The last log lines of every process, for a failing test. */
  report(): string;
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export async function createDeployment(): Promise<Deployment> {
  const database = await createTestDatabase();
  const [grpcPort, httpPort] = await freePorts(2);
  const grpcAddress = `127.0.0.1:${grpcPort}`;
  const environment = {
    TASKFLOW_DATABASE_URL: database.url,
    TASKFLOW_DATABASE_POOL_SIZE: '5',
    TASKFLOW_GRPC_PORT: String(grpcPort),
    TASKFLOW_HTTP_PORT: String(httpPort),
    TASKFLOW_API_ADDRESS: grpcAddress,
  };
  const db = openDb({ url: database.url, applicationName: 'e2e' });
  const taskflow = client({ address: grpcAddress });
  const processes: ServiceProcess[] = [];
  return {
    db,
    databaseUrl: database.url,
    grpcAddress,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    client: taskflow,
    environment,
    async start(service, options = {}) {
      const started = startService(service, { ...environment, ...options.environment }, options.args);
      processes.push(started);
      await started.started;
      return started;
    },
    audit: () => audit(db),
    async stop() {
      taskflow.close();
      for (const name of ['worker', 'pusher', 'scheduler', 'api']) {
        await Promise.all(processes.filter((process) => process.name === name).map((process) => process.stop()));
      }
      await db.close();
      await database.drop();
    },
    report: () =>
      processes.map((process) => `--- ${process.name} ${process.pid}\n${process.lines.slice(-30).join('\n')}`).join('\n'),
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
