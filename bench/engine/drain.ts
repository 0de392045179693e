// Submits no-op instances on an embedded Postgres with fsync on, then leases and completes them all, and prints how many a
// second: the engine alone, no gRPC, no handler. Between the repetitions the same number of bare rows goes through two
// statements that do nothing but move them (no attempts, sessions, limits, workflows, expiry): what this machine can do now.
//   npm run build && node bench/engine/drain.ts [instances=100000] [credits=1000] [backlog=0] [finished=0]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import {
  applyDefinitions,
  completeTasks,
  leaseTasks,
  openSession,
  silentWake,
  submitBatch,
  type Ctx,
  type LeasedTask,
} from '@taskflow/engine';
import { silentLogger } from '@taskflow/runtime';
import { migrate, openDb } from '@taskflow/store';
import { startEmbeddedPostgres } from '@taskflow/store/embedded';

const [instances = 100_000, credits = 1000, backlog = 0, finished = 0] = process.argv.slice(2).map(Number);
const REPETITIONS = 3;
const BATCH = 5000;

const folder = mkdtempSync(join(tmpdir(), 'taskflow-bench-'));
const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'db') });
await migrate({ url: postgres.url });
const db = openDb({ url: postgres.url, applicationName: 'bench', maxConnections: 4 });
const ctx: Ctx = {
  db,
  clock: systemClock,
  logger: silentLogger(),
  tracer: trace.getTracer('bench'),
  wake: silentWake,
  actor: 'bench',
  signal: new AbortController().signal,
};
await applyDefinitions(ctx, { definitions: [{ kind: 'task', spec: { name: 'noop' } }] });

try {
  if (finished > 0) {
    await submit(finished);
    await drain(finished);
  }
  if (backlog > 0) await submit(backlog);
  await prepareBare();
  const rates: number[] = [];
  const bare: number[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    await submit(instances);
    rates.push(await drain(instances));
    bare.push(await drainBare(instances));
  }
  console.log(`engine: ${median(rates)}/s; bare rows: ${median(bare)}/s`);
} finally {
  await db.close();
  await postgres.stop();
  rmSync(folder, { recursive: true });
}

function median(rates: readonly number[]): number {
  return Math.round([...rates].sort((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0);
}

async function prepareBare(): Promise<void> {
  const storage =
    '(autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)';
  for (const text of [
    `create table bare_ready (queue integer, priority bigint, id bigint, attempt integer, primary key (queue, priority, id)) with ${storage}`,
    `create table bare_lease (id bigint primary key, token bigint, attempt integer, worker integer, lease_until timestamptz) with ${storage}`,
    `create table bare_task (id bigint primary key, state integer, attempt integer, worker integer, payload jsonb, result jsonb,
       created_at timestamptz default now(), finished_at timestamptz) with (fillfactor = 50)`,
    'create sequence bare_token',
  ]) {
    await db.query({ name: '', text });
  }
}

async function drainBare(count: number): Promise<number> {
  const fill = {
    name: '',
    text: `with made as (
             insert into bare_task (id, state, payload) select i, 0, '{}'
               from generate_series((select coalesce(max(id), 0) + 1 from bare_task),
                                    (select coalesce(max(id), 0) + $1::bigint from bare_task)) i returning id)
           insert into bare_ready select 1, id, id, 0 from made`,
  };
  await db.query(fill, [count]);
  const take = {
    name: 'bare_take',
    text: `with x as (
             delete from bare_ready where ctid = any (array(
               select ctid from bare_ready where queue = $1 order by queue, priority, id limit $2 for update skip locked))
             returning id, attempt),
           l as (
             insert into bare_lease (id, token, attempt, worker, lease_until)
             select id, nextval('bare_token'), attempt + 1, 1, now() + interval '15 s' from x returning id, token)
           select l.id, l.token, t.payload::text from l join bare_task t on t.id = l.id`,
  };
  const end = {
    name: 'bare_end',
    text: `with z as (
             delete from bare_lease l using unnest($1::bigint[], $2::bigint[], $3::text[]) u (id, token, r)
              where l.id = u.id and l.token = u.token returning l.id, l.attempt, l.worker, u.r)
           update bare_task t
              set state = 2, finished_at = now(), attempt = z.attempt, worker = z.worker, result = z.r::jsonb
             from z where t.id = z.id returning t.id`,
  };
  const started = performance.now();
  let pending: Promise<unknown> = Promise.resolve();
  for (let done = 0; done < count;) {
    const rows = await db.query<{ id: string; token: string }>(take, [1, Math.min(credits, count - done)]);
    done += rows.length;
    await pending;
    pending = db.query(end, [rows.map((row) => row.id), rows.map((row) => row.token), rows.map(() => 'null')]);
  }
  await pending;
  return (count * 1000) / (performance.now() - started);
}

async function submit(count: number): Promise<void> {
  const started = performance.now();
  for (let left = count; left > 0; left -= BATCH) {
    const submissions = Array.from({ length: Math.min(left, BATCH) }, () => ({ kind: 'task' as const, task: 'noop' }));
    await submitBatch(ctx, { submissions });
  }
  console.log(`submit: ${Math.round((count * 1000) / (performance.now() - started))}/s`);
}

/** One worker: the next claim runs while the results of the last one are recorded, as in the api. */
async function drain(count: number): Promise<number> {
  const { sessionId, laneIds } = await openSession(ctx, {
    protocol: 1,
    worker: 'bench',
    process: 'bench',
    host: 'localhost',
    version: '0',
    queues: [],
    tasks: [],
    handlers: ['noop'],
    labels: {},
    slots: 50,
    held: [],
    api: 'bench',
  });
  const started = performance.now();
  let pending: Promise<unknown> = Promise.resolve();
  const spent = { lease: 0, complete: 0 };
  for (let done = 0; done < count;) {
    const before = performance.now();
    const demand = [{ sessionId, credits: Math.min(credits, count - done) }];
    const leases = await leaseTasks(ctx, { laneIds, demand });
    spent.lease += performance.now() - before;
    if (leases.length === 0) throw new Error(`nothing was leased after ${done}`);
    done += leases.length;
    await pending;
    pending = record(leases, spent);
  }
  await pending;
  const seconds = (performance.now() - started) / 1000;
  const each = (ms: number) => `${((ms * 1000) / count).toFixed(1)} µs`;
  console.log(`  ${Math.round(count / seconds)}/s; lease ${each(spent.lease)}, complete ${each(spent.complete)} each`);
  return count / seconds;
}

async function record(leases: readonly LeasedTask[], spent: { complete: number }): Promise<void> {
  const before = performance.now();
  const completions = leases.map(({ ref }) => ({ ref, outcome: 'success' as const, outputJson: 'null' }));
  const acks = await completeTasks(ctx, { completions });
  if (acks.some((ack) => ack.result !== 'accepted')) throw new Error('a completion was not accepted');
  spent.complete += performance.now() - before;
}
