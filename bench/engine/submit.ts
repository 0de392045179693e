// Submits batches of no-op instances on an embedded Postgres with fsync on, and prints instances per second.
//   npm run build && node bench/engine/submit.ts [batches=100] [size=1000] [clients=2]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import { applyDefinitions, silentWake, submitBatch, type Ctx, type SubmissionInput } from '@taskflow/engine';
import { silentLogger } from '@taskflow/runtime';
import { migrate, openDb } from '@taskflow/store';
import { startEmbeddedPostgres } from '@taskflow/store/embedded';

const [batches = 100, size = 1000, clients = 2] = process.argv.slice(2).map(Number);
const REPETITIONS = 3;

const folder = mkdtempSync(join(tmpdir(), 'taskflow-bench-'));
const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'db') });
await migrate({ url: postgres.url });
const db = openDb({ url: postgres.url, applicationName: 'bench', maxConnections: clients });
const ctx: Ctx = {
  db,
  clock: systemClock,
  logger: silentLogger(),
  tracer: trace.getTracer('bench'),
  wake: silentWake,
  actor: 'bench',
  signal: new AbortController().signal,
};
const params = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
await applyDefinitions(ctx, {
  definitions: [
    { kind: 'task', spec: { name: 'plain' } },
    { kind: 'task', spec: { name: 'checked', params } },
  ],
});

const variants: Record<string, (n: number) => SubmissionInput> = {
  plain: () => ({ kind: 'task', task: 'plain' }),
  checked: (n) => ({ kind: 'task', task: 'checked', paramsJson: `{"n":${n}}` }),
  unique: (n) => ({ kind: 'task', task: 'plain', unique: { key: `${process.hrtime.bigint()}-${n}` } }),
};

try {
  for (const [name, make] of Object.entries(variants)) {
    const rates: number[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1) rates.push(await measure(make));
    rates.sort((a, b) => a - b);
    console.log(`${name}: ${Math.round(rates[1] ?? 0)}/s (${rates.map(Math.round).join(', ')})`);
  }
} finally {
  await db.close();
  await postgres.stop({ remove: true });
  rmSync(folder, { recursive: true });
}

async function measure(make: (n: number) => SubmissionInput): Promise<number> {
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < batches) {
        next += 1;
        const submissions = Array.from({ length: size }, (_, n) => make(n));
        await submitBatch(ctx, { submissions });
      }
    }),
  );
  return (batches * size * 1000) / (performance.now() - started);
}
