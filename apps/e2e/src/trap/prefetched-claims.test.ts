import { join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import type { TaskHandle } from '@taskflow/sdk';
import type { Deployment } from '../harness/deployment.js';
import { createJournal, type Journal } from '../harness/journal.js';
import { deployed } from '../harness/prove.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { until } from '../harness/until.js';

const LONG = join(import.meta.dirname, '../fixture/long.ts');
const TTL_S = 2;

describe('trap: claims that a worker holds ahead of its slot when it is stopped', () => {
  const journals = [createJournal(), createJournal()] as const;
  afterAll(() => journals.forEach((each) => each.remove()));
  const startWorker = ({ start }: Deployment, name: string, queue: string): Promise<ServiceProcess> =>
    start('worker', {
      args: ['--load', LONG],
      environment: {
        TASKFLOW_WORKER_NAME: name,
        TASKFLOW_WORKER_QUEUES: queue,
        TASKFLOW_WORKER_SLOTS: '1',
        TASKFLOW_WORKER_PREFETCH: '3',
      },
    });
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('scheduler')]), {
    TASKFLOW_LEASE_TTL: `${TTL_S}s`,
  });

  const leases = ({ sql }: Deployment, handles: readonly TaskHandle<unknown>[]) =>
    sql('select id from task_leases where id = any ($1)', [handles.map(({ id }) => id)]);

  /** One runs, three wait behind it in the worker. */
  const occupy = async (deployment: Deployment, queue: string, journal: Journal) => {
    const params = { folder: journal.folder };
    const submit = () => deployment.client.submit({ task: 'gated' }, params, { queue });
    const handles = await Promise.all([submit(), submit(), submit(), submit()]);
    await until('one runs and three wait behind it', async () => {
      return journal.lines('gated').length === 1 && (await leases(deployment, handles)).length === 4;
    });
    return handles;
  };

  prove('SIGTERM hands them back at once, as if they had never been claimed', async (deployment) => {
    const [journal] = journals;
    const stopped = await startWorker(deployment, 'stopped', 'one');
    const handles = await occupy(deployment, 'one', journal);
    stopped.signal('SIGTERM');
    await until('three are back while the first runs on', async () => (await leases(deployment, handles)).length === 1);
    const waiting = await deployment.sql(`select status, attempt from task_instances where status <> 'running'`);
    expect(waiting).toEqual(Array(3).fill({ status: 'queued', attempt: 0 }));

    journal.open('gate');
    expect(await stopped.exited).toEqual({ code: 0, signal: null });
    await startWorker(deployment, 'next', 'one');
    for (const handle of handles) expect(await handle.wait()).toMatchObject({ status: 'success', attempt: 1 });
    expect(journal.lines('gated')).toEqual(['1', '1', '1', '1']);
    expect(await deployment.audit()).toEqual([]);
  });

  prove('SIGKILL costs an attempt of the one that ran; the others go back uncounted', async (deployment) => {
    const [, journal] = journals;
    const doomed = await startWorker(deployment, 'doomed', 'two');
    const handles = await occupy(deployment, 'two', journal);
    const [killed] = await deployment.sql<{ at: Date }>('select clock_timestamp() as at');
    doomed.signal('SIGKILL');
    await until('all are taken back', async () => (await leases(deployment, handles)).length === 0);
    const lost = await deployment.sql<{ outcome: string; late: number }>(
      'select outcome, extract(epoch from ended_at - $1)::float8 as late from task_attempts where ended_at > $1',
      [killed?.at],
    );
    expect(lost).toMatchObject([{ outcome: 'lost' }]);
    expect(lost[0]?.late).toBeLessThan(TTL_S + 3);

    journal.open('gate');
    await startWorker(deployment, 'heir', 'two');
    const ended = await Promise.all(handles.map((handle) => handle.wait()));
    expect(ended.map(({ status, attempt }) => `${status} ${attempt}`).sort()).toEqual([
      'success 1',
      'success 1',
      'success 1',
      'success 2',
    ]);
    expect(await deployment.audit()).toEqual([]);
  });
});
