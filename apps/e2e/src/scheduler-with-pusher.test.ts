import { writeFileSync } from 'node:fs';
import { describe, expect } from '@jest/globals';
import { task } from '@taskflow/sdk';
import { createJournal } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { until } from './harness/until.js';

const journal = createJournal();
afterAll(() => journal.remove());

describe.each([
  ['serve scheduler --with-pusher', 'by-option', { args: ['--with-pusher'] }],
  ['TASKFLOW_SCHEDULER_WITH_PUSHER=on', 'by-variable', { environment: { TASKFLOW_SCHEDULER_WITH_PUSHER: 'on' } }],
])('%s', (_, folder, options) => {
  const file = journal.path(`${folder}.yaml`);
  writeFileSync(
    file,
    `destinations: [{name: here, kind: local, directory: ${journal.path(folder)}, sync_interval: 50ms}]\n`,
  );
  const { prove } = deployed(
    async ({ start }) => {
      await start('api');
      await start('scheduler', options);
    },
    { TASKFLOW_DESTINATIONS: file },
  );

  prove(
    'runs one pusher in the scheduler’s process: a pushed task ends without any other service',
    async (deployment) => {
      const { client, sql, audit } = deployment;
      const pushed = task({ name: 'pushed', bash: 'echo pushed', pushDestination: 'here' });
      await client.apply({ tasks: [pushed] });
      const handle = await client.submit(pushed, {});
      await until('it has ended', async () => {
        const [row] = await sql<{ status: string }>('select status from task_records where id = $1', [handle.id]);
        return row?.status === 'success';
      });
      const pushers = await sql(`select from pg_stat_activity where application_name = 'taskflow pusher listen'
                                 and datname = current_database()`);
      expect(pushers).toHaveLength(1);
      expect(await audit()).toEqual([]);
    },
  );
});
