import { AccessServiceService } from '@taskflow/proto/taskflow/v1/access.js';
import { DefinitionServiceService } from '@taskflow/proto/taskflow/v1/definitions.js';
import { InstanceServiceService } from '@taskflow/proto/taskflow/v1/instances.js';
import { ScheduleServiceService } from '@taskflow/proto/taskflow/v1/schedules.js';
import { SubmissionServiceService } from '@taskflow/proto/taskflow/v1/submissions.js';
import { WorkerServiceService } from '@taskflow/proto/taskflow/v1/workers.js';
import { createClient, openChannel } from '@taskflow/rpc/client';
import { parseConfig, silentLogger, startRuntime, type Runtime } from '@taskflow/runtime';
import { openDb } from '@taskflow/store';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { apiConfig, createApi, type Api } from '../api/api.js';

export interface TestApi {
  readonly api: Api;
  readonly database: TestDatabase;
  /** gRPC address. */
  readonly address: string;
  /** Of REST. */
  readonly baseUrl: string;
  readonly clients: ReturnType<typeof createClients>;
  rest(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** What a person with psql would do. */
  sql<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export interface OpenApiOptions {
  /** Several apis on one database. */
  readonly database?: TestDatabase;
  readonly environment?: Readonly<Record<string, string>>;
}

/** An api on free ports over a database of its own, ready to serve. */
export async function openApi(options: OpenApiOptions = {}): Promise<TestApi> {
  const database = options.database ?? (await createTestDatabase());
  const api = await startApi(database.url, options.environment);
  await ready(api);
  const address = `127.0.0.1:${api.grpcPort()}`;
  const baseUrl = `http://127.0.0.1:${api.httpPort()}`;
  const channel = openChannel(address);
  const db = openDb({ url: database.url, applicationName: 'test', maxConnections: 2 });
  return {
    api,
    database,
    address,
    baseUrl,
    clients: createClients(address, channel),
    rest: (method, path, body) => callRest(baseUrl, method, path, body),
    sql: (text, values) => db.query({ name: '', text }, values),
    async close() {
      channel.close();
      await api.stop();
      await db.close();
      if (options.database === undefined) await database.drop();
    },
  };
}

export async function startApi(databaseUrl: string, environment: Readonly<Record<string, string>> = {}): Promise<Api> {
  const api = createApi(await testRuntime(), testConfig(databaseUrl, environment));
  await api.start();
  return api;
}

export async function testRuntime(): Promise<Runtime> {
  return { ...(await startRuntime({ service: 'api', logLevel: 'silent' })), logger: silentLogger() };
}

export function testConfig(databaseUrl: string, environment: Readonly<Record<string, string>> = {}) {
  return parseConfig(apiConfig, {
    TASKFLOW_DATABASE_URL: databaseUrl,
    TASKFLOW_DATABASE_MIGRATE: 'off',
    TASKFLOW_DATABASE_POOL_SIZE: '5',
    TASKFLOW_GRPC_PORT: '0',
    TASKFLOW_HTTP_PORT: '0',
    TASKFLOW_SHUTDOWN_TIMEOUT: '2s',
    ...environment,
  });
}

export async function ready(api: Api): Promise<void> {
  while (!api.health().ok) await new Promise(setImmediate);
}

export function createClients(address: string, channel = openChannel(address)) {
  return {
    channel,
    access: createClient(AccessServiceService, channel),
    definitions: createClient(DefinitionServiceService, channel),
    submissions: createClient(SubmissionServiceService, channel),
    instances: createClient(InstanceServiceService, channel),
    schedules: createClient(ScheduleServiceService, channel),
    workers: createClient(WorkerServiceService, channel),
  };
}

async function callRest(baseUrl: string, method: string, path: string, body?: unknown) {
  const response = await fetch(baseUrl + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}
