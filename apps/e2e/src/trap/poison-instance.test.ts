import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { deployed } from '../harness/prove.js';

const POISON = join(import.meta.dirname, '../fixture/poison.ts');

describe('trap: an instance that kills each worker that runs it', () => {
  const { prove, the } = deployed(({ start }) => Promise.all([start('api'), start('scheduler')]));
  // As a supervisor does: the same name again.
  const startWorker = () =>
    the().start('worker', {
      args: ['--load', POISON],
      environment: { TASKFLOW_WORKER_NAME: 'w', TASKFLOW_WORKER_SLOTS: '1', TASKFLOW_WORKER_PREFETCH: '2' },
    });

  prove(
    'is set aside after its infra_retries, and what waited beside it is not blamed',
    async ({ client, sql, audit }) => {
      let worker = await startWorker();
      const poison = await client.submit({ task: 'poison' }, {}, { priority: 'critical' });
      const harmless = await Promise.all([1, 2].map(() => client.submit({ task: 'harmless' })));
      for (let death = 1; death <= 3; death += 1) {
        expect(await worker.exited).toMatchObject({ signal: 'SIGKILL' });
        worker = await startWorker();
      }
      expect(await poison.wait()).toMatchObject({ status: 'failed', reason: 'POISONED', attempt: 3 });
      for (const handle of harmless) expect(await handle.wait()).toMatchObject({ status: 'success', attempt: 1 });
      expect(
        await sql(
          'select outcome, next_status, reason from task_attempts where task_instance_id = $1 order by attempt',
          [poison.id],
        ),
      ).toEqual([
        { outcome: 'lost', next_status: 'retry', reason: 'WORKER_RESTARTED' },
        { outcome: 'lost', next_status: 'retry', reason: 'WORKER_RESTARTED' },
        { outcome: 'lost', next_status: 'failed', reason: 'POISONED' },
      ]);
      expect(await audit()).toEqual([]);
    },
  );
});
