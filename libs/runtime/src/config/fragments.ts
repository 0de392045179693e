import { readDuration } from '@taskflow/domain';
import { z } from 'zod';
import { variable, type Fragment } from './variable.js';

const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'wanted a port from 0 to 65535 (0 picks a free one)')
    .transform(Number)
    .refine((value) => value <= 65_535, 'wanted a port from 0 to 65535 (0 picks a free one)')
    .default(fallback);

const count = (fallback: number, min: number, max: number) => {
  const wanted = `wanted an integer from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,7}$/, wanted)
    .transform(Number)
    .refine((value) => value >= min && value <= max, wanted)
    .default(fallback);
};

const duration = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const ms = readDuration(text);
      if (ms !== undefined) return ms;
      context.addIssue({ code: 'custom', message: 'wanted a duration such as 500ms, 30s, 5m, 2h' });
      return z.NEVER;
    });

const flag = (fallback: 'on' | 'off') =>
  z
    .enum(['on', 'off', 'true', 'false', '1', '0'], { error: 'wanted on or off' })
    .default(fallback)
    .transform((value) => value === 'on' || value === 'true' || value === '1');

const list = (fallback: string[]) =>
  z
    .string()
    .default(fallback.join(','))
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );

const labels = z
  .string()
  .default('')
  .transform((text, context) => {
    const pairs: [string, string][] = [];
    for (const item of text.split(',').filter((part) => part.trim() !== '')) {
      const at = item.indexOf('=');
      if (at < 1) {
        context.addIssue({ code: 'custom', message: `wanted key=value pairs joined by commas, got "${item}"` });
        return z.NEVER;
      }
      pairs.push([item.slice(0, at).trim(), item.slice(at + 1).trim()]);
    }
    return Object.fromEntries(pairs);
  });

export const processFragment = {
  logLevel: variable(
    'TASKFLOW_LOG_LEVEL',
    z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
        error: 'wanted trace, debug, info, warn, error or silent',
      })
      .default('info'),
    'Least severe log lines that are written (JSON on stderr).',
    { defaultText: 'info' },
  ),
  otlpEndpoint: variable(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    z.url({ error: 'wanted a URL such as http://collector:4317' }).optional(),
    'OTLP/gRPC receiver of traces. Without it no trace is exported; contexts are passed on all the same.',
  ),
  shutdownTimeoutMs: variable(
    'TASKFLOW_SHUTDOWN_TIMEOUT',
    duration('30s'),
    'How long a service may take to stop after SIGTERM; a worker lets running tasks finish for this long.',
    { defaultText: '30s' },
  ),
} satisfies Fragment;

export const metricsFragment = {
  metricsPort: variable(
    'TASKFLOW_METRICS_PORT',
    port(0).transform((value) => value || undefined),
    'Port of /metrics for Prometheus, on all addresses. None by default; the api also has it on its HTTP port.',
  ),
} satisfies Fragment;

export const databaseFragment = {
  databaseUrl: variable(
    'TASKFLOW_DATABASE_URL',
    z.url({ protocol: /^postgres(ql)?$/, error: 'wanted postgres://user:password@host:port/database' }),
    'The Postgres that holds all state (15 or newer).',
    { secret: true },
  ),
  databasePoolSize: variable(
    'TASKFLOW_DATABASE_POOL_SIZE',
    count(10, 2, 200),
    'Most connections that one service opens, besides one for LISTEN.',
    { defaultText: '10' },
  ),
  databaseNamedStatements: variable(
    'TASKFLOW_DATABASE_NAMED_STATEMENTS',
    flag('on'),
    'Turn off behind a transaction pooler such as PgBouncer without prepared-statement support.',
    { defaultText: 'on' },
  ),
  databaseListen: variable(
    'TASKFLOW_DATABASE_LISTEN',
    flag('on'),
    'Use LISTEN/NOTIFY as a hint. Off behind a transaction pooler: everything works by polling, only slower.',
    { defaultText: 'on' },
  ),
  databaseMigrate: variable(
    'TASKFLOW_DATABASE_MIGRATE',
    flag('on'),
    'Apply outstanding migrations at start. Off where `taskflow db migrate` is a step of the deployment.',
    { defaultText: 'on' },
  ),
} satisfies Fragment;

const token = z
  .string()
  .transform((text) => text.trim())
  .refine((text) => /^[\x21-\x7e]{1,512}$/.test(text), 'wanted at most 512 visible ASCII characters')
  .optional();

export const apiFragment = {
  host: variable('TASKFLOW_API_HOST', z.string().min(1).default('127.0.0.1'), 'Address that gRPC and HTTP listen on.', {
    defaultText: '127.0.0.1',
  }),
  grpcPort: variable('TASKFLOW_GRPC_PORT', port(7233), 'Port of gRPC.', { defaultText: '7233' }),
  httpPort: variable('TASKFLOW_HTTP_PORT', port(8080), 'Port of REST, OpenAPI and health.', { defaultText: '8080' }),
  leaseTtlMs: variable(
    'TASKFLOW_LEASE_TTL',
    duration('15s').refine((ms) => ms >= 1000 && ms <= 600_000, 'wanted from 1s to 10m'),
    'How long the work of a worker that sends no heartbeat stays its own; heartbeats come three times as often.',
    { defaultText: '15s' },
  ),
  auth: variable(
    'TASKFLOW_AUTH',
    z.enum(['off', 'tokens'], { error: 'wanted off or tokens' }).default('off'),
    'Who may call gRPC and REST: `off` is everybody, `tokens` who sends a token (docs/access.md).',
    { defaultText: 'off' },
  ),
  adminToken: variable(
    'TASKFLOW_ADMIN_TOKEN',
    token.refine((text) => text === undefined || text.length >= 32, 'wanted at least 32 characters at random'),
    'A token of the role admin that is not in the database, to make the others with; for example from `openssl rand -hex 32`.',
    { secret: true },
  ),
} satisfies Fragment;

export const schedulerFragment = {
  withPusher: variable('TASKFLOW_SCHEDULER_WITH_PUSHER', flag('off'), 'Run the pusher in the scheduler’s process.', {
    defaultText: 'off',
  }),
} satisfies Fragment;

export const pusherFragment = {
  destinations: variable(
    'TASKFLOW_DESTINATIONS',
    z.string().optional(),
    'YAML file that names the push destinations; it is read again whenever it changes.',
  ),
  destinationsInline: variable(
    'TASKFLOW_DESTINATIONS_INLINE',
    z.string().optional(),
    'Push destinations, as YAML or JSON: a list as that of the file, beside which it may stand. Relative paths begin at the working folder.',
  ),
} satisfies Fragment;

export const clientFragment = {
  apiAddress: variable(
    'TASKFLOW_API_ADDRESS',
    z
      .string()
      .regex(/^[^\s:/]+:\d{1,5}$/, 'wanted host:port')
      .default('127.0.0.1:7233'),
    'gRPC address of the api, for workers, clients and the command line.',
    { defaultText: '127.0.0.1:7233' },
  ),
  token: variable(
    'TASKFLOW_TOKEN',
    token,
    'Token to call the api with, for workers, clients and the command line, where TASKFLOW_AUTH is `tokens`.',
    { secret: true },
  ),
} satisfies Fragment;

export const workerFragment = {
  ...clientFragment,
  workerName: variable(
    'TASKFLOW_WORKER_NAME',
    z.string().min(1).max(200).optional(),
    'Name of this worker, unique among live ones.',
    { defaultText: 'host name and process id' },
  ),
  queues: variable('TASKFLOW_WORKER_QUEUES', list(['default']), 'Queues to take from, joined by commas.', {
    defaultText: 'default',
  }),
  onlyTasks: variable(
    'TASKFLOW_WORKER_TASKS',
    list([]),
    'Only Tasks of these names, joined by commas; all that the worker has handlers for when empty.',
  ),
  labels: variable('TASKFLOW_WORKER_LABELS', labels, 'What this worker offers, as key=value joined by commas.'),
  slots: variable('TASKFLOW_WORKER_SLOTS', count(10, 1, 10_000), 'Task instances run at once.', { defaultText: '10' }),
  prefetch: variable(
    'TASKFLOW_WORKER_PREFETCH',
    count(0, 0, 10_000),
    'Leases held ready beyond the slots; raises throughput of very short tasks.',
    { defaultText: '0' },
  ),
  bash: variable('TASKFLOW_WORKER_BASH', flag('on'), 'Whether this worker runs Bash commands.', { defaultText: 'on' }),
  load: variable(
    'TASKFLOW_WORKER_LOAD',
    list([]),
    'Modules whose exported tasks and workflows this worker registers and runs, joined by commas.',
  ),
} satisfies Fragment;
