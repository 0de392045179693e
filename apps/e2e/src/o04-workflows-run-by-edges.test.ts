import { afterAll, describe, expect } from '@jest/globals';
import { task, workflow } from '@taskflow/sdk';
import { createJournal } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { until } from './harness/until.js';

const quick = task({ name: 'quick', bash: 'true' });
const gated = task({
  name: 'gated',
  params: { type: 'object', properties: { gate: { type: 'string' } }, required: ['gate'] } as const,
  bash: 'until [ -e "$TASKFLOW_PARAM_GATE" ]; do sleep 0.05; done',
});

/** `left` is held open; by levels, `c` (third level) and `d` would have to wait for it. */
const edges = workflow({
  name: 'edges',
  params: { type: 'object', properties: { gate: { type: 'string' } } } as const,
  tasks: {
    a: quick,
    left: { task: gated, dependsOn: ['a'], params: { gate: '{{ params.gate }}' } },
    right: { task: quick, dependsOn: ['a'] },
    c: { task: quick, dependsOn: ['right'] },
    d: { task: quick, dependsOn: ['c'] },
    join: { task: quick, dependsOn: ['left', 'd'] },
  },
});

describe('O4: a task starts when its own dependencies are done, whatever its siblings do', () => {
  const journal = createJournal();
  afterAll(() => journal.remove());
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('scheduler'), start('worker')]));

  prove(
    'a branch goes on to its end while the sibling of its first task still runs',
    async ({ client, sql, audit }) => {
      await client.apply({ workflows: [edges] });
      const run = await client.submit(edges, { gate: journal.path('gate') });
      const states = async () =>
        Object.fromEntries(
          (
            await sql<{ node_key: string; status: string }>(
              'select node_key, status from v_task_instances where workflow_instance_id = $1',
              [run.id],
            )
          ).map(({ node_key, status }) => [node_key, status]),
        );

      const seen = await until('the right branch has ended', async () => {
        const now = await states();
        return now['d'] === 'success' && now;
      });
      expect(seen).toMatchObject({ a: 'success', left: 'running', right: 'success', c: 'success', d: 'success' });
      expect(['waiting', undefined]).toContain(seen['join']);

      journal.open('gate');
      expect(await run.wait()).toMatchObject({ status: 'success' });
      expect(new Set(Object.values(await states()))).toEqual(new Set(['success']));
      expect(await audit()).toEqual([]);
    },
  );
});
