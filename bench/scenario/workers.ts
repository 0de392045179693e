import { join } from 'node:path';
import type { Db } from '@taskflow/store';
import { taskflow } from '../peer/taskflow.ts';
import { now } from '../peer/tally.ts';
import { startWorkerProcess, whenEmpty } from '../peer/worker-process.ts';
import { startTaskflow } from '../taskflow/start.ts';
import { fill } from './clear.ts';
import type { Scenario } from './scenario.ts';

const PROCESSES = 4;

/** The sessions of 64 workers (10 slots and 200 leases ahead each, in four processes) on one api: the drain, and who got how much. */
export const workers: Scenario = {
  name: 'workers',
  appliesTo: (system) => system.running !== undefined,
  async measure(system, { sizes, settle }): Promise<Record<string, number>> {
    const { running } = system;
    if (!running || !system.isEmpty) return {};
    const after = await lastInstance(running.db);
    await fill(system, sizes.drain);
    await settle(system.database);
    const script = join(import.meta.dirname, '../taskflow/many-workers.ts');
    const each = String(sizes.workers / PROCESSES);
    const from = now();
    const processes = await Promise.all(
      Array.from({ length: PROCESSES }, () =>
        startWorkerProcess({
          args: [script, running.apis[0]?.address ?? '', each],
          env: { TASKFLOW_TOKEN: running.token },
        }),
      ),
    );
    await whenEmpty(system.isEmpty);
    await Promise.all(processes.map((one) => one.stop()));
    const shares = await sharesOf(running.db, after, 'worker');
    const even = sizes.drain / sizes.workers;
    return {
      'jobs/s': await rateOf(running.db, after),
      'workers with work': shares.length,
      'least, of an even share': Math.min(...shares) / even,
      'most, of an even share': Math.max(...shares) / even,
      'with the start of the workers, s': (now() - from) / 1000,
    };
  },
};

/** Two apis, a worker at each, one population: the share of the api that did less. */
export const replicas: Scenario = {
  name: 'replicas',
  appliesTo: (system) => system.running !== undefined,
  async measure(_system, { sizes, postgres, settle, found }) {
    const running = await startTaskflow(await postgres.create('taskflow_replicas'), { apis: 2 });
    try {
      await (await running.startWorker()).stop();
      await fill(taskflow(running), sizes.drain);
      await settle('taskflow_replicas');
      const started = await Promise.all(
        running.apis.map(({ address }) => running.startWorker({ address, prefetch: 500 })),
      );
      await whenEmpty(running.isEmpty);
      await Promise.all(started.map((worker) => worker.stop()));
      const shares = await sharesOf(running.db, '0', 'api');
      found(await running.audit());
      return {
        'jobs/s': await rateOf(running.db, '0'),
        'apis with work': shares.length,
        'smaller share %': (Math.min(...shares) * 100) / sizes.drain,
      };
    } finally {
      await running.stop();
    }
  },
};

async function lastInstance(db: Db): Promise<string> {
  const rows = await db.query<{ id: string }>({
    name: 'bench_last',
    text: 'select coalesce(max(id), 0)::text as id from task_records',
  });
  return rows[0]?.id ?? '0';
}

/** How many attempts each worker, or each api, had among the instances after that one. */
async function sharesOf(db: Db, after: string, by: 'worker' | 'api'): Promise<number[]> {
  const rows = await db.query<{ n: string }>(
    {
      name: `bench_share_${by}`,
      text: `select count(*) as n from task_attempts a join worker_sessions s on s.id = a.session_id
              where a.task_instance_id > $1 group by s.${by}`,
    },
    [after],
  );
  return rows.map(({ n }) => Number(n));
}

/** From when a third was done to the end, by the times of the attempts. */
async function rateOf(db: Db, after: string): Promise<number> {
  const rows = await db.query<{ rate: number }>(
    {
      name: 'bench_rate',
      text: `select (count(*) / extract(epoch from max(ended_at) - min(ended_at)))::float8 as rate
               from (select ended_at, ntile(3) over (order by ended_at) as third
                       from task_attempts where task_instance_id > $1) t
              where third > 1`,
    },
    [after],
  );
  return rows[0]?.rate ?? Number.NaN;
}
