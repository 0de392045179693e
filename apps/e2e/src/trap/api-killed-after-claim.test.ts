import { describe, expect } from '@jest/globals';
import { task } from '@taskflow/sdk';
import { deployed } from '../harness/prove.js';

const job = task({ name: 'job', bash: 'echo 1 > "$TASKFLOW_OUTPUT"' });

describe('trap: an api that is killed between the commit of a claim and the message to the worker', () => {
  const { prove } = deployed(() => Promise.resolve());

  prove(
    'leaves nothing behind: the worker gets the task from the next api, as its first attempt',
    async (deployment) => {
      const { client, start, sql, audit } = deployment;
      const doomed = await start('api', { environment: { TASKFLOW_TEST_KILL_AT: 'leases_claimed' } });
      await client.apply({ tasks: [job] });
      await start('worker');
      const submitting = client.submit(job);
      submitting.catch(() => undefined);
      expect(await doomed.exited).toEqual({ code: null, signal: 'SIGKILL' });
      expect(await sql('select attempt from task_leases')).toEqual([{ attempt: 1 }]);

      await start('api');
      const handle = await submitting;
      expect(await handle.wait()).toMatchObject({ status: 'success', attempt: 1 });
      expect(await sql('select outcome from task_attempts')).toEqual([{ outcome: 'success' }]);
      expect(await sql('select id from task_records')).toEqual([{ id: handle.id }]);
      expect(await audit()).toEqual([]);
    },
  );
});
