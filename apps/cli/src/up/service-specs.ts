import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { processEnvironment } from '@taskflow/runtime/environment';
import type { UpAccess } from './access.js';
import type { UpFolder } from './folder.js';
import type { UpPorts } from './ports.js';
import type { ServiceSpec } from './supervisor.js';

export interface ServiceSpecsInput {
  readonly folder: UpFolder;
  readonly ports: UpPorts;
  readonly databaseUrl: string;
  readonly load: readonly string[];
  readonly access?: UpAccess | undefined;
}

/** The four services with the environment of each. What the user has set goes first. */
export function serviceSpecs({ folder, ports, databaseUrl, load, access }: ServiceSpecsInput): ServiceSpec[] {
  const given = processEnvironment();
  const everywhere = { TASKFLOW_SHUTDOWN_TIMEOUT: given['TASKFLOW_SHUTDOWN_TIMEOUT'] || '10s' };
  const database = { ...everywhere, TASKFLOW_DATABASE_URL: databaseUrl };
  const modules = load.map((module) => resolve(module));
  return [
    {
      name: 'api',
      environment: {
        ...database,
        TASKFLOW_API_HOST: ports.host,
        TASKFLOW_GRPC_PORT: String(ports.grpcPort),
        TASKFLOW_HTTP_PORT: String(ports.httpPort),
        ...(access && { TASKFLOW_ADMIN_TOKEN: access.adminToken }),
      },
    },
    { name: 'scheduler', environment: { ...database, TASKFLOW_SCHEDULER_WITH_PUSHER: 'off' } },
    { name: 'pusher', environment: database },
    {
      name: 'worker',
      environment: {
        ...everywhere,
        TASKFLOW_API_ADDRESS: ports.grpc,
        ...(access && { TASKFLOW_TOKEN: access.token }),
        TASKFLOW_WORKER_NAME: given['TASKFLOW_WORKER_NAME'] || workerName(folder),
        TASKFLOW_WORKER_LOAD: [given['TASKFLOW_WORKER_LOAD'], ...modules].filter(Boolean).join(','),
        DATABASE_URL: given['DATABASE_URL'] || databaseUrl,
      },
    },
  ];
}

/** The same after a restart: the api then hands back at once what the worker before it has held. */
function workerName({ path }: UpFolder): string {
  return `${hostname()}-up-${createHash('sha256').update(path).digest('hex').slice(0, 6)}`;
}
