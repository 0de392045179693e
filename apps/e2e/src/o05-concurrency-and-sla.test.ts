import { describe, expect } from '@jest/globals';
import { task, workflow } from '@taskflow/sdk';
import { deployed, type Proofs } from './harness/prove.js';
import type { ServiceProcess } from './harness/service-process.js';
import { until } from './harness/until.js';

const limited = task({ name: 'limited', bash: 'sleep 0.1', concurrency: 3 });
const perKey = task({
  name: 'per-key',
  params: { type: 'object', properties: { host: { type: 'string' } } } as const,
  bash: 'sleep 0.1',
  limits: [{ key: 'host {{ params.host }}', max: 1 }],
});
const single = workflow({ name: 'single', concurrency: 2, tasks: { only: task({ bash: 'sleep 0.1' }) } });
const late = task({
  name: 'late',
  bash: 'true',
  queue: 'nobody',
  sla: { startWithin: '300ms', finishWithin: '600ms' },
});
const inTime = task({ name: 'in-time', bash: 'true', sla: '1h' });

/** Most that ran at once, by the times that the database wrote. */
const MOST_AT_ONCE = `
  with runs as (%), steps as (
    select of, began as at, 1 as step from runs union all select of, over, -1 from runs)
  select of, max(running)::int as most from (
    select of, sum(step) over (partition by of order by at, step) as running from steps) s group by of order by of`;

describe('O5: concurrency and sla are enforced under load and crash', () => {
  const workers: ServiceProcess[] = [];
  const startWorker = async ({ start }: ReturnType<Proofs['the']>) => void workers.push(await start('worker'));
  const { prove } = deployed(
    (deployment) =>
      Promise.all([
        deployment.start('api'),
        deployment.start('scheduler'),
        startWorker(deployment),
        startWorker(deployment),
      ]),
    { TASKFLOW_LEASE_TTL: '2s' },
  );

  prove(
    'neither Tasks, keys nor Workflows run more at once than they may, while workers die',
    async (deployment) => {
      const { client, sql, audit } = deployment;
      await client.apply({ tasks: [limited, perKey], workflows: [single] });
      await client.submitBatch([
        ...Array.from({ length: 60 }, () => ({ target: limited })),
        ...Array.from({ length: 30 }, (_, index) => ({ target: perKey, params: { host: `h${index % 3}` } })),
        ...Array.from({ length: 20 }, () => ({ target: single })),
      ]);
      const left = async (): Promise<number> => {
        const [row] = await sql<{ n: number }>(
          'select count(*)::int as n from task_instances where finished_at is null',
        );
        const [runs] = await sql<{ n: number }>(
          'select count(*)::int as n from workflow_instances where finished_at is null',
        );
        return (row?.n ?? 0) + (runs?.n ?? 0);
      };
      for (const victim of workers.slice(0, 2)) {
        const before = await left();
        await until('some have ended', async () => (await left()) < before - 10);
        victim.signal('SIGKILL');
        await victim.exited;
        await startWorker(deployment);
      }
      await until('all have ended', async () => (await left()) === 0);

      const most = (runs: string) => sql(MOST_AT_ONCE.replace('%', runs));
      const tasks = `select r.task_name || coalesce(r.params ->> 'host', '') as of, a.leased_at as began, a.ended_at as over
                     from task_attempts a join task_records r on r.id = a.task_instance_id where r.node_key is null`;
      expect(await most(tasks)).toEqual([
        { of: 'limited', most: 3 },
        ...['h0', 'h1', 'h2'].map((host) => ({ of: `per-key${host}`, most: 1 })),
      ]);
      const runs = 'select workflow_name as of, started_at as began, finished_at as over from workflow_instances';
      expect(await most(runs)).toEqual([{ of: 'single', most: 2 }]);
      expect(await sql(`select distinct status from task_instances`)).toEqual([{ status: 'success' }]);
      expect(await sql('select * from limit_slots')).toEqual([]);
      expect(await audit()).toEqual([]);
    },
    60_000,
  );

  prove('a broken promise is recorded within 5 s, once, with no worker at all', async ({ client, sql }) => {
    await client.apply({ tasks: [late, inTime] });
    const handle = await client.submit(late);
    await client.run(inTime);
    const events = await until('both promises are broken', async () => {
      const found = await sql<{ reason: string; lag: number }>(
        `select reason, extract(epoch from at - (detail ->> 'due_at')::timestamptz)::float8 as lag
           from task_events where type = 'sla_missed' order by id`,
      );
      return found.length >= 2 && found;
    });
    expect(events.map(({ reason }) => reason)).toEqual(['NOT_STARTED_IN_TIME', 'NOT_FINISHED_IN_TIME']);
    for (const { lag } of events) expect(lag).toBeLessThan(5);
    expect(await sql('select id, task_name from v_task_instances where sla_missed_at is not null')).toEqual([
      { id: handle.id, task_name: 'late' },
    ]);
  });
});
