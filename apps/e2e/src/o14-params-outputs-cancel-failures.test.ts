import { afterAll, describe, expect } from '@jest/globals';
import { task, workflow } from '@taskflow/sdk';
import { createJournal, isAlive } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { until } from './harness/until.js';

const params = {
  type: 'object',
  properties: { folder: { type: 'string' }, n: { type: 'integer', default: 20 } },
} as const;

const double = task({ bash: 'echo "{\\"n\\": $((TASKFLOW_PARAM_N * 2))}" > "$TASKFLOW_OUTPUT"', params });
const addUp = workflow({
  name: 'add-up',
  params,
  tasks: {
    once: { task: double, params: { n: '{{ params.n }}' } },
    twice: { task: double, dependsOn: ['once'], params: { n: '{{ tasks.once.output.n }}' } },
    tell: {
      task: task({ bash: 'printf %s "\\"n was $TASKFLOW_PARAM_N\\"" > "$TASKFLOW_OUTPUT"', params }),
      dependsOn: ['twice'],
      params: { n: '{{ tasks.twice.output.n }}' },
    },
  },
});

const wait = (name: string) => `echo "$$" > "$TASKFLOW_PARAM_FOLDER/${name}"
  until [ -e "$TASKFLOW_PARAM_FOLDER/gate-${name}" ]; do sleep 0.05; done`;
const held = (name: string) => ({
  task: task({ bash: wait(name), params }),
  params: { folder: '{{ params.folder }}' },
});
const endless = workflow({
  name: 'endless',
  params,
  tasks: { long: held('long'), after: { task: task({ bash: 'true' }), dependsOn: ['long'] } },
});

const fails = (policy: 'fail_fast' | 'finish_running' | 'continue') =>
  workflow({
    name: policy,
    failurePolicy: policy,
    params,
    tasks: {
      bad: held(`bad-${policy}`),
      sibling: held(`sibling-${policy}`),
      afterSibling: { task: task({ bash: 'true' }), dependsOn: ['sibling'] },
      afterBad: { task: task({ bash: 'true' }), dependsOn: ['bad'] },
      cleanUp: { task: task({ bash: 'true' }), dependsOn: ['bad'], trigger: 'all_done' },
    },
  });
const policies = ['fail_fast', 'finish_running', 'continue'] as const;

describe('O14: params, outputs, cancel and a failure policy', () => {
  const journal = createJournal();
  afterAll(() => journal.remove());
  const { prove } = deployed(async ({ client, start }) => {
    await Promise.all([start('api'), start('scheduler'), start('worker')]);
    await client.apply({ workflows: [addUp, endless, ...policies.map(fails)] });
  });

  prove('params reach the tasks, and outputs the tasks that depend on them', async ({ client, rest }) => {
    expect(await client.run(addUp)).toEqual({ tell: 'n was 80' });
    const { id } = await client.submit(addUp, { n: 5 });
    await client.workflowInstance(id).result();
    const { body } = await rest('GET', `/v1/workflow-instances/${id}`);
    expect(body).toMatchObject({ instance: { params: { n: 5 }, output: { tell: 'n was 20' }, status: 'success' } });
  });

  prove('cancel ends the command that runs and all that was to come, and says who asked', async ({ client, sql }) => {
    const run = await client.submit(endless, { folder: journal.folder });
    const [pid] = await until('it runs', async () => {
      const lines = journal.lines('long');
      return lines.length > 0 && lines;
    });
    await run.cancel('not needed');
    expect(await run.wait()).toMatchObject({
      status: 'cancelled',
      reason: 'CANCELLED',
      message: expect.stringContaining('not needed'),
    });
    expect(isAlive(Number(pid))).toBe(false);
    expect(
      await sql('select node_key, status from v_task_instances where workflow_instance_id = $1 order by 1', [run.id]),
    ).toEqual([
      { node_key: 'after', status: expect.stringMatching(/cancelled|skipped/) },
      { node_key: 'long', status: 'cancelled' },
    ]);
    await run.cancel('twice is fine');
  });

  prove('after a failure siblings are stopped, let finish or go on, as the policy says', async ({ client, sql }) => {
    const runs = await Promise.all(
      policies.map(
        async (name) => [name, await client.submit({ workflow: name }, { folder: journal.folder })] as const,
      ),
    );
    await until('all six tasks run', async () =>
      policies.every((name) => journal.exists(`bad-${name}`) && journal.exists(`sibling-${name}`)),
    );
    for (const name of policies) process.kill(-Number(journal.lines(`bad-${name}`)[0]), 'SIGKILL');
    await runs[0]?.[1].wait();
    await until('each failure is known', async () => {
      const failed = await sql(`select id from v_task_instances where node_key = 'bad' and status = 'failed'`);
      return failed.length === policies.length;
    });
    for (const name of policies.slice(1)) journal.open(`gate-sibling-${name}`);
    const outcomes: Record<string, Record<string, string>> = {};
    for (const [name, run] of runs) {
      expect(await run.wait()).toMatchObject({ status: 'failed' });
      const rows = await sql<{ node_key: string; status: string }>(
        'select node_key, status from v_task_instances where workflow_instance_id = $1',
        [run.id],
      );
      outcomes[name] = Object.fromEntries(rows.map(({ node_key, status }) => [node_key, status]));
    }
    expect(outcomes['fail_fast']).toMatchObject({ bad: 'failed', sibling: 'cancelled' });
    expect(outcomes['finish_running']).toMatchObject({ bad: 'failed', sibling: 'success' });
    expect(outcomes['continue']).toMatchObject({
      bad: 'failed',
      sibling: 'success',
      afterSibling: 'success',
      cleanUp: 'success',
    });
    for (const name of policies) expect(outcomes[name]?.['afterBad']).not.toBe('success');
    expect(outcomes['finish_running']?.['afterSibling']).not.toBe('success');
  });

  prove('the auditor finds nothing', async ({ audit }) => expect(await audit()).toEqual([]));
});
