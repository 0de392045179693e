import { audit, type Violation } from '@taskflow/audit';
import { client, type TaskflowClient } from '@taskflow/sdk';
import { openDb, type Db } from '@taskflow/store';
import { createTestDatabase } from '@taskflow/testing';
import { freePorts } from './free-ports.js';
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
  /** What a person with psql would ask. */
  sql<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Asks the service's REST interface. */
  rest(method: string, path: string, body?: unknown): Promise<RestAnswer>;
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

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
}

const IN_ORDER: readonly ServiceName[] = ['worker', 'pusher', 'scheduler', 'api'];

/** @param told variables for every service */
export async function createDeployment(told: Readonly<Record<string, string>> = {}): Promise<Deployment> {
  const database = await createTestDatabase();
  const [grpcPort, httpPort] = await freePorts(2);
  const grpcAddress = `127.0.0.1:${grpcPort}`;
  const httpUrl = `http://127.0.0.1:${httpPort}`;
  const environment = {
    TASKFLOW_DATABASE_URL: database.url,
    TASKFLOW_DATABASE_POOL_SIZE: '5',
    TASKFLOW_GRPC_PORT: String(grpcPort),
    TASKFLOW_HTTP_PORT: String(httpPort),
    TASKFLOW_API_ADDRESS: grpcAddress,
    ...told,
  };
  const db = openDb({ url: database.url, applicationName: 'e2e', maxConnections: 4 });
  const token = told['TASKFLOW_TOKEN'];
  const taskflow = client({ address: grpcAddress, token });
  const processes: ServiceProcess[] = [];
  return {
    db,
    databaseUrl: database.url,
    grpcAddress,
    httpUrl,
    client: taskflow,
    environment,
    async start(service, options = {}) {
      const started = startService(service, { ...environment, ...options.environment }, options.args);
      processes.push(started);
      await started.started;
      return started;
    },
    sql: (text, values) => db.query({ name: '', text }, values),
    rest: async (method, path, body) => {
      const access = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const headers = { ...access, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(httpUrl + path, { method, headers, ...sent });
      return { status: response.status, body: (await response.json()) as unknown };
    },
    audit: () => audit(db),
    async stop() {
      taskflow.close();
      for (const name of IN_ORDER) {
        await Promise.all(processes.filter((process) => process.name === name).map((process) => process.stop()));
      }
      await db.close();
      await database.drop();
    },
    report: () =>
      processes
        .map((process) => `--- ${process.name} ${process.pid}\n${process.lines.slice(-30).join('\n')}`)
        .join('\n'),
  };
}
