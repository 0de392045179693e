// Submits no-op instances on an embedded Postgres with fsync on, then leases and completes them all, and prints how many
// a second. The engine alone: no gRPC, no handler.
//   npm run build && node bench/drain.ts [instances=100000] [credits=1000] [backlog=0] [finished=0]
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
  const rates: number[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    await submit(instances);
    rates.push(await drain(instances));
  }
  rates.sort((a, b) => a - b);
  console.log(`drain: ${Math.round(rates[1] ?? 0)}/s (${rates.map(Math.round).join(', ')})`);
} finally {
  await db.close();
  await postgres.stop();
  rmSync(folder, { recursive: true });
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
