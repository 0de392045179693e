import { describe, expect } from '@jest/globals';
import { task, workflow } from '@taskflow/sdk';
import { deployed } from '../harness/prove.js';
import { freePorts } from '../harness/free-ports.js';
import { until } from '../harness/until.js';

const step = task({ name: 'step', bash: 'true' });
const limited = task({ name: 'limited', bash: 'true', concurrency: 1 });
const flaky = task({ name: 'flaky', bash: '[ "$TASKFLOW_ATTEMPT" = 2 ]', retries: 1, retryDelay: '100ms' });
const endless = task({ name: 'endless', bash: 'exec sleep 60' });
const chain = workflow({
  name: 'chain',
  tasks: { a: step, b: { task: step, dependsOn: ['a'] }, c: { task: step, dependsOn: ['b'] } },
});

describe('trap: no notification arrives, anywhere', () => {
  let workerApi = '';
  const { prove } = deployed(
    async ({ start, databaseUrl, sql }) => {
      const [grpc, http] = await freePorts(2);
      workerApi = `127.0.0.1:${grpc}`;
      expect(databaseUrl).not.toBe('');
      // Not even if somebody listened.
      await sql(`create function public.pg_notify(text, text) returns void language sql as 'select null::void'`);
      await sql(
        `do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`,
      );
      await Promise.all([
        start('api'),
        start('api', { environment: { TASKFLOW_GRPC_PORT: String(grpc), TASKFLOW_HTTP_PORT: String(http) } }),
        start('scheduler'),
        start('worker', { environment: { TASKFLOW_API_ADDRESS: workerApi } }),
      ]);
    },
    { TASKFLOW_DATABASE_LISTEN: 'off' },
  );

  prove(
    'everything works all the same, by polling, when one api is told and another has the worker',
    async (deployment) => {
      const { client, sql, audit } = deployment;
      await client.apply({ tasks: [step, limited, flaky, endless], workflows: [chain] });
      const running = await client.submit(endless);
      const [soon] = await sql<{ at: Date }>(`select clock_timestamp() + interval '500 ms' as at`);
      if (soon === undefined) throw new Error('the database told no time');
      const handles = await Promise.all([
        client.submit(step),
        client.submit(flaky),
        ...[1, 2, 3].map(() => client.submit(limited)),
        client.submit(step, {}, { runAt: soon.at }),
      ]);
      const run = await client.submit(chain);
      for (const handle of handles) expect(await handle.wait()).toMatchObject({ status: 'success' });
      expect(await run.wait()).toMatchObject({ status: 'success' });
      await until('the endless one runs', async () => {
        const [row] = await sql<{ status: string }>('select status from task_instances where id = $1', [running.id]);
        return row?.status === 'running';
      });
      await running.cancel();
      expect(await running.wait()).toMatchObject({ status: 'cancelled' });
      expect(await audit()).toEqual([]);
    },
  );
});
