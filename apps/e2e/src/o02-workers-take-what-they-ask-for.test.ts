import { describe, expect } from '@jest/globals';
import { task } from '@taskflow/sdk';
import { deployed } from './harness/prove.js';

const tasks = ['alpha', 'beta', 'gamma'].map((name) => task({ name, bash: 'true' }));
const loader = task({ name: 'loader', bash: 'true', queue: 'etl' });
const onDisk = task({ name: 'on-disk', bash: 'true', labels: { disk: 'ssd' } });

describe('O2: a worker leases exactly the tasks and queues that it asks for', () => {
  const { prove } = deployed(({ start }) =>
    Promise.all([
      start('api'),
      start('worker', { environment: { TASKFLOW_WORKER_NAME: 'by-task', TASKFLOW_WORKER_TASKS: 'alpha,beta' } }),
      start('worker', { environment: { TASKFLOW_WORKER_NAME: 'by-queue', TASKFLOW_WORKER_QUEUES: 'etl' } }),
    ]),
  );

  prove('two workers, one by task names and one by queue, share the work without a wrong one', async (deployment) => {
    const { client, start, sql } = deployment;
    await client.apply({ tasks: [...tasks, loader, onDisk] });
    const names = ['alpha', 'beta', 'gamma', 'loader', 'on-disk'];
    const handles = new Map(
      await Promise.all(names.map(async (name) => [name, await client.submit({ task: name })] as const)),
    );
    // One that is sent to another queue than its Task's.
    const moved = await client.submit({ task: 'gamma' }, {}, { queue: 'etl' });
    for (const name of ['alpha', 'beta', 'loader']) await handles.get(name)?.result();
    await moved.result();

    expect(await sql(`select task_name, waiting_for from v_task_instances where status = 'queued' order by 1`)).toEqual(
      [
        { task_name: 'gamma', waiting_for: 'no_worker(task gamma)' },
        { task_name: 'on-disk', waiting_for: 'no_worker(labels disk=ssd)' },
      ],
    );

    await start('worker', { environment: { TASKFLOW_WORKER_NAME: 'ssd', TASKFLOW_WORKER_LABELS: 'disk=ssd,zone=a' } });
    await handles.get('gamma')?.result();
    await handles.get('on-disk')?.result();
    expect(
      await sql(`select r.task_name, array_agg(distinct a.worker order by a.worker) as workers
                   from task_attempts a join task_records r on r.id = a.task_instance_id group by 1 order by 1`),
    ).toEqual([
      { task_name: 'alpha', workers: ['by-task'] },
      { task_name: 'beta', workers: ['by-task'] },
      { task_name: 'gamma', workers: ['by-queue', 'ssd'] },
      { task_name: 'loader', workers: ['by-queue'] },
      { task_name: 'on-disk', workers: ['ssd'] },
    ]);
  });
});
