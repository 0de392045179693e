// Starts `taskflow up --ephemeral` as a user does, on an embedded Postgres (fsync off, unlike the other benches), and measures it from
// outside: cold start to the first finished task, memory and queries of the idle services, pickup, chain, fan-out, drain of no-ops.
//   npm run build && node bench/services.ts [instances=100000]
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { client, type TaskflowClient } from '@taskflow/sdk';
import { openDb, type Db } from '@taskflow/store';

const instances = Number(process.argv[2] ?? 100_000);
const IDLE_SECONDS = 20;
const REPETITIONS = 3;

const began = performance.now();
const up = spawn(
  process.execPath,
  [
    join(import.meta.dirname, '../apps/cli/bin/taskflow.mjs'),
    'up',
    '--ephemeral',
    '--load',
    join(import.meta.dirname, 'noop.ts'),
  ],
  {
    env: { ...process.env, TASKFLOW_LOG_LEVEL: 'warn', TASKFLOW_WORKER_SLOTS: '100', TASKFLOW_WORKER_PREFETCH: '2000' },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
let printed = '';
up.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
const address = await line(/gRPC\s+(\S+:\d+)/);
const databaseUrl = await line(/(postgres(?:ql)?:\/\/[^'\s]+)/);
const taskflow = client({ address });
const db = openDb({ url: databaseUrl, applicationName: 'bench', maxConnections: 2 });

try {
  await registered(taskflow);
  await taskflow.run({ task: 'noop' });
  show('cold `taskflow up` to the first finished task', `${seconds(performance.now() - began)} s`);

  await idle(db);
  const pickups = await samples(300, () => taskflow.run({ task: 'noop' }));
  show('submit to result of a single no-op, p50 / p99', `${ms(pickups, 0.5)} / ${ms(pickups, 0.99)} ms`);
  show('pickup (submitted to leased, in the database), p50 / p99', await pickupLatency(db));
  const chains = await samples(20, () => taskflow.run({ workflow: 'chain' }));
  show('chain of 40, p50 / p99', `${ms(chains, 0.5)} / ${ms(chains, 0.99)} ms`);
  const fanOuts = await samples(20, () => taskflow.run({ workflow: 'fan-out' }));
  show('fan-out of 100 and join, p50 / p99', `${ms(fanOuts, 0.5)} / ${ms(fanOuts, 0.99)} ms`);
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) await drain(taskflow, db);
} finally {
  taskflow.close();
  await db.close();
  up.kill('SIGTERM');
}

async function line(pattern: RegExp): Promise<string> {
  for (;;) {
    const found = pattern.exec(printed)?.[1];
    if (found !== undefined) return found;
    if (up.exitCode !== null) throw new Error(`taskflow up has ended:\n${printed}`);
    await pause(5);
  }
}

async function registered(from: TaskflowClient): Promise<void> {
  for (;;) {
    const { tasks } = await from.services.definitions.listTasks({ pageSize: 0, pageToken: '' });
    if (tasks.some((task) => task.name === 'noop')) return;
    await pause(10);
  }
}

/** Memory and statements of each service while nothing happens. */
async function idle(from: Db): Promise<void> {
  await pause(5000);
  const before = await transactions(from);
  await pause(IDLE_SECONDS * 1000);
  const after = await transactions(from);
  show('idle, transactions a second in the database, all services', ((after - before - 1) / IDLE_SECONDS).toFixed(1));
  for (const [, service, pid] of printed.matchAll(/(api|scheduler|pusher|worker) (\d+)/g)) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    show(`idle memory of ${service}`, `${Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)} MB`);
  }
}

async function transactions(from: Db): Promise<number> {
  const rows = await from.query<{ n: string }>({
    name: 'bench_transactions',
    text: `select pg_stat_clear_snapshot(), xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()`,
  });
  return Number(rows[0]?.n);
}

async function pickupLatency(from: Db): Promise<string> {
  const rows = await from.query<{ p50: number; p99: number }>({
    name: 'bench_pickup',
    text: `select percentile_cont(0.5) within group (order by wait) as p50, percentile_cont(0.99) within group (order by wait) as p99
             from (select extract(epoch from a.leased_at - r.created_at) * 1000 as wait
                     from task_records r join task_attempts a on a.task_instance_id = r.id and a.attempt = 1
                    where r.task_name = 'noop' and r.workflow_instance_id is null) x`,
  });
  return `${Number(rows[0]?.p50).toFixed(1)} / ${Number(rows[0]?.p99).toFixed(1)} ms`;
}

async function drain(from: TaskflowClient, database: Db): Promise<void> {
  const first = performance.now();
  const submission = { target: { task: 'noop' } };
  for (let sent = 0; sent < instances; sent += 10_000) {
    await from.submitBatch(Array<typeof submission>(Math.min(10_000, instances - sent)).fill(submission));
  }
  const submitted = performance.now();
  for (;;) {
    const rows = await database.query<{ n: string }>({
      name: 'bench_left',
      text: `select (select count(*) from task_queue) + (select count(*) from task_leases) as n`,
    });
    if (Number(rows[0]?.n) === 0) break;
    await pause(20);
  }
  const rows = await database.query<{ rate: number }>(
    {
      name: 'bench_rate',
      text: `select count(*) / extract(epoch from max(ended_at) - min(leased_at)) as rate
             from task_attempts where task_instance_id > (select max(task_instance_id) - $1 from task_attempts)`,
    },
    [instances],
  );
  const whole = performance.now() - first;
  show(
    `drain of ${instances} no-ops beside their submission`,
    `${Math.round(Number(rows[0]?.rate))}/s leased to ended; submitted in ${seconds(submitted - first)} s, all over in ${seconds(whole)} s`,
  );
}

async function samples(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let sample = 0; sample < count; sample += 1) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

function ms(sorted: readonly number[], quantile: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0).toFixed(1);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

function show(what: string, figure: string): void {
  console.log(`${what}: ${figure}`);
}
