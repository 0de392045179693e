import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect } from '@jest/globals';
import { task } from '@taskflow/sdk';
import { createJournal } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { until } from './harness/until.js';

const pulled = task({ name: 'pulled', bash: 'true' });
const pushed = task({ name: 'pushed', bash: 'true', pushDestination: 'here' });

describe('O1: a task with a push destination is never leased to a pull worker', () => {
  const journal = createJournal();
  afterAll(() => journal.remove());
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('scheduler'), start('worker')]));

  prove(
    'idle workers leave it alone, and say whom it waits for; the pusher takes it',
    async ({ client, start, sql }) => {
      await client.apply({ tasks: [pulled, pushed] });
      const waiting = await Promise.all(Array.from({ length: 5 }, () => client.submit(pushed)));
      // Submitted later and done by the same worker: it had every chance to take the others.
      for (let round = 0; round < 5; round += 1) await client.run(pulled);

      const seen = await sql(
        `select distinct status, attempt, waiting_for from v_task_instances where task_name = 'pushed'`,
      );
      expect(seen).toEqual([{ status: 'queued', attempt: 0, waiting_for: 'no_destination(here)' }]);

      const file = journal.path('destinations.yaml');
      writeFileSync(file, `destinations:\n  - { name: here, kind: local, sync_interval: 100ms }\n`);
      await start('pusher', { environment: { TASKFLOW_DESTINATIONS: file } });
      await Promise.all(waiting.map((handle) => handle.result()));

      const by = await sql<{ task_name: string; who: string; attempts: number }>(
        `select r.task_name, split_part(a.worker, ':', 1) = 'push' as pushed, count(*)::int as attempts
         from task_attempts a join task_records r on r.id = a.task_instance_id group by 1, 2 order by 1`,
      );
      expect(by).toEqual([
        { task_name: 'pulled', pushed: false, attempts: 5 },
        { task_name: 'pushed', pushed: true, attempts: 5 },
      ]);
      await until('every job is reported as done', async () => {
        const [open] = await sql<{ n: number }>(`select count(*)::int as n from push_jobs where phase <> 'done'`);
        return open?.n === 0;
      });
    },
  );
});
