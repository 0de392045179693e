import { afterAll, describe, expect } from '@jest/globals';
import { task, workflow } from '@taskflow/sdk';
import { createJournal, isAlive } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import type { ServiceName, ServiceProcess } from './harness/service-process.js';
import { until } from './harness/until.js';

const params = { type: 'object', properties: { folder: { type: 'string' } }, required: ['folder'] } as const;
const held = task({
  name: 'held',
  params,
  bash: `
    echo "$$" >> "$TASKFLOW_PARAM_FOLDER/shells"
    sleep 300 & echo "$!" >> "$TASKFLOW_PARAM_FOLDER/children"
    until [ -e "$TASKFLOW_PARAM_FOLDER/gate" ]; do sleep 0.05; done
    kill $!`,
});
const counted = task({
  name: 'counted',
  params,
  bash: 'echo "$TASKFLOW_TASK_INSTANCE_ID" >> "$TASKFLOW_PARAM_FOLDER/counted"; sleep 0.02',
});
const pair = workflow({
  name: 'pair',
  params,
  tasks: {
    first: { task: counted, params: { folder: '{{ params.folder }}' } },
    second: { task: counted, dependsOn: ['first'], params: { folder: '{{ params.folder }}' } },
  },
});

describe('O7: SIGTERM loses nothing, doubles nothing and leaves no child', () => {
  const journal = createJournal();
  afterAll(() => journal.remove());
  const { prove } = deployed(() => Promise.resolve(), { TASKFLOW_SHUTDOWN_TIMEOUT: '500ms' });
  const running = new Map<ServiceName, ServiceProcess>();

  prove(
    'a worker ends its commands and hands them back without counting the attempt',
    async ({ client, start, sql }) => {
      const services = ['api', 'scheduler', 'worker'] as const;
      await Promise.all(services.map(async (name) => running.set(name, await start(name))));
      await client.apply({ tasks: [held], workflows: [pair] });
      const handle = await client.submit(held, { folder: journal.folder });
      await until('the command has a child', async () => journal.lines('children').length === 1);

      expect(await running.get('worker')?.stop()).toBe(0);
      const pids = [...journal.lines('shells'), ...journal.lines('children')].map(Number);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(await sql('select status, attempt from v_task_instances where id = $1', [handle.id])).toEqual([
        { status: 'queued', attempt: 0 },
      ]);

      running.set('worker', await start('worker'));
      await until('it runs again', async () => journal.lines('children').length === 2);
      journal.open('gate');
      expect(await handle.wait()).toMatchObject({ status: 'success', attempt: 1 });
    },
  );

  prove(
    'work goes on while each service is stopped in turn and replaced',
    async ({ client, start, sql, audit }) => {
      const runs = 120;
      const submissions = Array.from({ length: runs }, () => ({ target: pair, params: { folder: journal.folder } }));
      await client.submitBatch(submissions);
      const done = () => journal.lines('counted').length;
      for (const name of ['worker', 'api', 'scheduler', 'worker', 'api'] as const) {
        const before = done();
        await until('some more have run', async () => done() >= Math.min(before + 15, 2 * runs));
        expect(await running.get(name)?.stop()).toBe(0);
        running.set(name, await start(name));
      }
      await until('all runs have ended', async () => {
        const [left] = await sql<{ n: number }>(
          'select count(*)::int as n from workflow_instances where finished_at is null',
        );
        return left?.n === 0;
      });
      expect(await sql('select distinct status from v_workflow_instances')).toEqual([{ status: 'success' }]);
      expect(new Set(journal.lines('counted')).size).toBe(2 * runs);
      expect(done()).toBe(2 * runs);
      expect(await sql(`select outcome, count(*)::int as n from task_attempts group by 1`)).toEqual([
        { outcome: 'success', n: 2 * runs + 1 },
      ]);
      expect(await audit()).toEqual([]);
    },
    60_000,
  );
});
