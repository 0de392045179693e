import { setTimeout as pause } from 'node:timers/promises';
import { cpuTime } from '../machine/cpu-time.ts';
import type { Postgres } from '../machine/postgres.ts';
import { whenEmpty } from '../peer/worker-process.ts';
import type { Running } from '../taskflow/start.ts';
import { fill } from './clear.ts';
import type { Scenario } from './scenario.ts';

/** After this long without work Postgres has counted every transaction of every connection. */
const COUNTED_MS = 11_000;

interface Spent {
  readonly api: number;
  readonly scheduler: number;
  readonly worker: number;
  readonly postgres: number;
  readonly wal: number;
  readonly transactions: number;
}

/** What a no-op costs: its submission in batches of 1,000, and its way through lease, handler and completion. */
export const cost: Scenario = {
  name: 'cost',
  appliesTo: (system) => system.running !== undefined,
  async measure(system, { sizes, postgres, settle }): Promise<Record<string, number>> {
    const { running } = system;
    if (!running) return {};
    const idle = await spent(running, postgres);
    await fill(system, sizes.drain);
    const submitted = await spent(running, postgres);
    await settle(system.database);
    // The start of the worker is its own affair: its CPU time counts from when it takes work, the rest from just before.
    const before = await spent(running, postgres);
    const worker = await running.startWorker();
    try {
      const started = cpuTime(worker.pid);
      await worker.reached(sizes.drain);
      await whenEmpty(running.isEmpty);
      const workerTime = cpuTime(worker.pid) - started;
      const done = await spent(running, postgres, workerTime);
      return {
        ...figures('submit', idle, submitted, sizes.drain, false),
        ...figures('run', before, done, sizes.drain, true),
      };
    } finally {
      await worker.stop();
    }
  },
};

function figures(step: string, from: Spent, to: Spent, count: number, withWorker: boolean): Record<string, number> {
  return {
    [`${step}: api µs`]: (to.api - from.api) / count,
    ...(withWorker && { [`${step}: worker µs`]: to.worker / count }),
    [`${step}: scheduler µs`]: (to.scheduler - from.scheduler) / count,
    [`${step}: Postgres µs`]: (to.postgres - from.postgres) / count,
    [`${step}: WAL bytes`]: (to.wal - from.wal) / count,
    [`${step}: transactions per 1,000`]: ((to.transactions - from.transactions) * 1000) / count,
  };
}

async function spent(running: Running, postgres: Postgres, worker = 0): Promise<Spent> {
  const times = {
    api: cpuTime(running.apis[0]?.pid ?? 0),
    scheduler: cpuTime(running.scheduler.pid),
    postgres: cpuTime(postgres.pid),
    worker,
  };
  const [log] = await postgres.query<{ wal: string }>(`select pg_current_wal_lsn() - '0/0' as wal`);
  await pause(COUNTED_MS);
  const [stat] = await postgres.query<{ n: string }>(
    `select xact_commit + xact_rollback as n from pg_stat_database where datname = 'taskflow'`,
  );
  return { ...times, wal: Number(log?.wal), transactions: Number(stat?.n) };
}
