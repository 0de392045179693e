import { join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { createJournal } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { until } from './harness/until.js';

const LONG = join(import.meta.dirname, 'fixture/long.ts');
const TTL_S = 3;

describe('O6: dead workers are noticed within the lease TTL, long tasks run once', () => {
  const journal = createJournal();
  afterAll(() => journal.remove());
  const worker = (name: string) => ({
    args: ['--load', LONG],
    environment: { TASKFLOW_WORKER_NAME: name, TASKFLOW_WORKER_SLOTS: '1' },
  });
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('scheduler')]), {
    TASKFLOW_LEASE_TTL: `${TTL_S}s`,
  });

  prove(
    'a task of 10 × TTL runs once though it blocks its thread; one whose worker dies is taken over',
    async ({ client, start, sql, audit }) => {
      const first = await start('worker', worker('first'));
      const blocking = { folder: journal.folder, ms: 10 * TTL_S * 1000 };
      const long = await client.submit({ task: 'block' }, blocking);
      await until('the long task runs', async () => journal.exists('block'));

      const doomed = await start('worker', worker('doomed'));
      const gated = await client.submit({ task: 'gated' }, { folder: journal.folder });
      await until('the other task runs', async () => journal.lines('gated').length === 1);
      await start('worker', worker('heir'));
      const [killed] = await sql<{ at: Date }>('select clock_timestamp() as at');
      doomed.signal('SIGKILL');
      await until('it runs again', async () => journal.lines('gated').length === 2, 15_000);
      const [{ lag, outcome, reason, worker: by } = {}] = await sql<Record<string, unknown>>(
        `select extract(epoch from ended_at - $2)::float8 as lag, outcome, reason, worker
           from task_attempts where task_instance_id = $1 and attempt = 1`,
        [gated.id, killed?.at],
      );
      expect({ outcome, reason, by }).toEqual({ outcome: 'lost', reason: 'WORKER_LOST', by: 'doomed' });
      expect(lag).toBeLessThan(TTL_S + 3);
      journal.open('gate');
      expect(await gated.wait()).toMatchObject({ status: 'success', worker: 'heir', attempt: 2 });

      expect(await long.result()).toBe('done');
      expect(journal.lines('block')).toEqual(['1']);
      expect(
        await sql(
          `select worker, outcome, ended_at - leased_at > $2::interval as long
                     from task_attempts where task_instance_id = $1`,
          [long.id, `${10 * TTL_S} s`],
        ),
      ).toEqual([{ worker: 'first', outcome: 'success', long: true }]);
      expect(first.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
      expect(await audit()).toEqual([]);
    },
    90_000,
  );
});
