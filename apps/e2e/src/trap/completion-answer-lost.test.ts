import { join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { createJournal } from '../harness/journal.js';
import { openLink, type Link } from '../harness/link.js';
import { deployed } from '../harness/prove.js';
import { until } from '../harness/until.js';

const LONG = join(import.meta.dirname, '../fixture/long.ts');

describe('trap: the answer to a completion is lost, and the completion is sent again', () => {
  const [first, second] = [createJournal(), createJournal()];
  let link: Link | undefined;
  afterAll(() => {
    [first, second].forEach((each) => each.remove());
    return link?.close();
  });
  const { prove } = deployed(async ({ start, grpcAddress }) => {
    const { port } = new URL(`http://${grpcAddress}`);
    link = await openLink('api', () => Number(port));
    await start('api');
    await start('worker', {
      args: ['--load', LONG],
      environment: {
        TASKFLOW_API_ADDRESS: `127.0.0.1:${link.port}`,
        TASKFLOW_WORKER_NAME: 'w',
        TASKFLOW_WORKER_SLOTS: '1',
      },
    });
  });

  prove('it counts once, and the worker’s slot is free for the next', async ({ client, sql, audit, report }) => {
    const done = await client.submit({ task: 'gated' }, { folder: first.folder });
    await until('it runs', async () => first.exists('gated'));
    link?.mute(1500);
    first.open('gate');
    // Told by the api itself, over a way of its own.
    expect(await done.wait()).toMatchObject({ status: 'success', attempt: 1 });
    const sessions = () => sql<{ id: string }>(`select id from worker_sessions where worker = 'w'`);
    expect(await sessions()).toHaveLength(1);

    const next = await client.submit({ task: 'gated' }, { folder: second.folder });
    second.open('gate');
    expect(await next.wait()).toMatchObject({ status: 'success', attempt: 1, worker: 'w' });
    expect(await sessions()).toHaveLength(2);
    expect(await sql('select task_instance_id as id, attempt, outcome from task_attempts order by 1')).toEqual([
      { id: done.id, attempt: 1, outcome: 'success' },
      { id: next.id, attempt: 1, outcome: 'success' },
    ]);
    expect([...first.lines('gated'), ...second.lines('gated')]).toEqual(['1', '1']);
    expect(report()).not.toMatch(/a result was (dropped|refused)/);
    expect(await audit()).toEqual([]);
  });
});
