import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { audit } from '@taskflow/audit';
import { client, type TaskflowClient } from '@taskflow/sdk';
import { migrate, openDb, type Db } from '@taskflow/store';
import { freePort } from '../machine/free-port.ts';
import { startWorkerProcess, type WorkerProcess } from '../peer/worker-process.ts';
import { COMMAND_LINE, startService, type ServiceProcess } from './service-process.ts';

export interface Running {
  readonly db: Db;
  readonly client: TaskflowClient;
  readonly token: string;
  readonly apis: readonly (ServiceProcess & { readonly address: string })[];
  readonly scheduler: ServiceProcess;
  /** A worker in its own process with the tasks of tasks.ts. */
  startWorker(options?: WorkerSettings): Promise<WorkerProcess>;
  isEmpty(): Promise<boolean>;
  audit(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface WorkerSettings {
  readonly slots?: number;
  readonly prefetch?: number;
  readonly load?: string;
  /** Address of the api; the first one's when absent. */
  readonly address?: string;
}

/** Taskflow as its users run it: api, scheduler and workers in processes of their own, from dist, tokens asked for. */
export async function startTaskflow(databaseUrl: string, { apis: replicas = 1 } = {}): Promise<Running> {
  await migrate({ url: databaseUrl });
  const token = randomBytes(32).toString('hex');
  const apis: Running['apis'][number][] = [];
  for (let replica = 0; replica < replicas; replica += 1) apis.push(await startApi(databaseUrl, token));
  const address = apis[0]?.address ?? '';
  const scheduler = await startService('scheduler', { TASKFLOW_DATABASE_URL: databaseUrl });
  const db = openDb({ url: databaseUrl, applicationName: 'bench', maxConnections: 2, answerWithinMs: 0 });
  const taskflow = client({ address, token });
  return {
    db,
    client: taskflow,
    token,
    apis,
    scheduler,
    startWorker: ({ slots = 100, prefetch = 2000, load = join(import.meta.dirname, 'tasks.ts'), ...to } = {}) =>
      startWorkerProcess({
        args: [COMMAND_LINE, 'serve', 'worker', '--load', load],
        env: {
          TASKFLOW_API_ADDRESS: to.address ?? address,
          TASKFLOW_TOKEN: token,
          TASKFLOW_WORKER_SLOTS: String(slots),
          TASKFLOW_WORKER_PREFETCH: String(prefetch),
          TASKFLOW_LOG_LEVEL: 'error',
        },
        isReady: (message) => 'started' in message,
      }),
    async isEmpty() {
      const rows = await db.query<{ empty: boolean }>({
        name: 'bench_empty',
        text: `select not exists (select from task_queue) and not exists (select from task_leases)
                  and not exists (select from task_delayed) as empty`,
      });
      return rows[0]?.empty === true;
    },
    async audit() {
      await db.query({ name: 'bench_analyze', text: 'analyze' });
      const violations = await audit(db);
      return violations.map(({ check, holds, rows }) => `${check}: not true that ${holds}: ${JSON.stringify(rows[0])}`);
    },
    async stop() {
      taskflow.close();
      await db.close();
      await Promise.all([scheduler.stop(), ...apis.map((api) => api.stop())]);
    },
  };
}

async function startApi(databaseUrl: string, token: string): Promise<ServiceProcess & { address: string }> {
  const port = await freePort();
  const service = await startService('api', {
    TASKFLOW_DATABASE_URL: databaseUrl,
    TASKFLOW_GRPC_PORT: String(port),
    TASKFLOW_HTTP_PORT: String(await freePort()),
    TASKFLOW_AUTH: 'tokens',
    TASKFLOW_ADMIN_TOKEN: token,
  });
  return { ...service, address: `127.0.0.1:${port}` };
}
