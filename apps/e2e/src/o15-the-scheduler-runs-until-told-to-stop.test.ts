import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { deployed } from './harness/prove.js';
import type { ServiceProcess } from './harness/service-process.js';
import { until } from './harness/until.js';

const CHAIN = join(import.meta.dirname, 'fixture/chain.ts');

describe('O15: the scheduler is driven by events, pages its work and runs until told to stop', () => {
  let scheduler: ServiceProcess | undefined;
  const { prove } = deployed(async ({ start, client }) => {
    scheduler = await start('scheduler');
    await start('api');
    await start('worker', { args: ['--load', CHAIN], environment: { TASKFLOW_WORKER_SLOTS: '50' } });
    await until('the workflows are registered', async () => {
      const { workflows } = await client.services.definitions.listWorkflows({ pageSize: 0, pageToken: '' });
      return workflows.length === 2;
    });
  });

  prove('thirty tasks in a row do not wait for thirty polls', async ({ client }) => {
    const began = performance.now();
    const run = await client.submit({ workflow: 'chain' });
    await run.result();
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  prove(
    'a thousand runs at once, many times its page, are all advanced by one process that stays',
    async (deployment) => {
      const { client, sql, audit } = deployment;
      await client.submitBatch(Array.from({ length: 1000 }, () => ({ target: { workflow: 'small' } })));
      await until(
        'all have ended',
        async () => {
          const [left] = await sql<{ n: number }>(
            'select count(*)::int as n from workflow_instances where finished_at is null',
          );
          return left?.n === 0;
        },
        50_000,
      );
      expect(await sql('select distinct status from workflow_instances')).toEqual([{ status: 'success' }]);
      expect(await audit()).toEqual([]);
      expect(await sql(`select term::int, split_part(holder, '/', 2)::int as pid from leadership`)).toEqual([
        { term: 1, pid: scheduler?.pid },
      ]);
      expect(await scheduler?.stop()).toBe(0);
    },
    60_000,
  );
});
