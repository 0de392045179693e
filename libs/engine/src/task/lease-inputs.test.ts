import { applyDefinitions } from '../definition/apply-definitions.js';
import { openContext, type TestContext } from '../test/open-context.js';
import { complete, connect, lease, statusOf } from '../test/worker-bench.js';
import { createTaskInstances } from './create-task-instances.js';
import { createWorkflowInstances } from '../workflow/create-workflow-instances.js';

let ctx: TestContext;

beforeAll(async () => {
  ctx = await openContext();
  const schema = { type: 'object', properties: { rows: { type: 'integer' } } };
  await applyDefinitions(ctx, {
    definitions: [
      {
        kind: 'workflow',
        spec: {
          name: 'flow',
          tasks: [
            { key: 'extract', handler: 'load' },
            { key: 'clean', handler: 'load', depends_on: ['extract'] },
            {
              key: 'store',
              bash: 'psql',
              env: { CITY: '{{ params.city }}', FROM: '{{ tasks.extract.output.path }}', RUN: '{{ run.id }}' },
              depends_on: ['clean', 'extract'],
              params: { city: '{{ params.city }}', rows: '{{ tasks.extract.output.rows }}' },
            },
          ],
        },
      },
      { kind: 'task', spec: { name: 'typed', handler: 'load', params: schema } },
      {
        kind: 'workflow',
        spec: {
          name: 'checked',
          tasks: [
            { key: 'extract', handler: 'load' },
            { key: 'typed', depends_on: ['extract'], params: { rows: '{{ tasks.extract.output }}' } },
          ],
        },
      },
    ],
  });
});
afterAll(() => ctx.close());

async function start(
  workflow: string,
  params: object,
): Promise<{ id: string; start: (key: string, params?: object) => Promise<string> }> {
  const [row] = await ctx.sql<{ version_id: string }>(`select version_id from workflows where name = $1`, [workflow]);
  const [run] = await createWorkflowInstances(ctx.db, [
    {
      workflowName: workflow,
      versionId: row?.version_id ?? '',
      priority: 'normal',
      nodesTotal: 4,
      params: JSON.stringify(params),
    },
  ]);
  const id = run?.id ?? '';
  return {
    id,
    async start(key, nodeParams = {}) {
      const [task] = await ctx.sql<{ version_id: string; lane_id: number; name: string }>(
        `select name, version_id, lane_id from tasks where name in ($1 || '.' || $2, $2) order by length(name) desc limit 1`,
        [workflow, key],
      );
      const [created] = await createTaskInstances(ctx.db, [
        {
          taskName: task?.name ?? '',
          versionId: task?.version_id ?? '',
          laneId: task?.lane_id ?? 0,
          workflowInstanceId: id,
          nodeKey: key,
          priority: 'normal',
          params: JSON.stringify(nodeParams),
        },
      ]);
      return created?.id ?? '';
    },
  };
}

test('a task of a workflow gets outputs of those before it, and its references resolved', async () => {
  const session = await connect(ctx, 'w', { handlers: ['load', '@bash'] });
  const run = await start('flow', { city: 'Oslo' });
  await run.start('extract');
  const [extract] = await lease(ctx, session, 5);
  expect(extract).toMatchObject({ workflow: 'flow', workflowInstanceId: run.id, nodeKey: 'extract', inputsJson: '{}' });
  await complete(ctx, extract ? [extract] : [], { outputJson: '{"path":"file:/x","rows":3}' });
  await run.start('clean');
  const clean = await lease(ctx, session, 5);
  expect(JSON.parse(clean[0]?.inputsJson ?? '')).toEqual({ extract: { path: 'file:/x', rows: 3 } });
  await complete(ctx, clean);
  await run.start('store', { city: '{{ params.city }}', rows: '{{ tasks.extract.output.rows }}' });
  const [store] = await lease(ctx, session, 5);
  expect(JSON.parse(store?.paramsJson ?? '')).toEqual({ city: 'Oslo', rows: 3 });
  expect(JSON.parse(store?.inputsJson ?? '')).toEqual({ clean: null, extract: { path: 'file:/x', rows: 3 } });
  expect(JSON.parse(store?.runJson ?? '')).toEqual({
    bash: 'psql',
    env: { CITY: 'Oslo', FROM: 'file:/x', RUN: run.id },
  });
  const changes = await ctx.sql(
    `select task_instance_id from workflow_changes where kind = 'task_ended' and workflow_instance_id = $1`,
    [run.id],
  );
  expect(changes).toHaveLength(2);
});

test('an output that does not fit the params of the next task fails that task, with the field named', async () => {
  const session = await connect(ctx, 'w', { handlers: ['load'] });
  const run = await start('checked', {});
  await run.start('extract');
  await complete(ctx, await lease(ctx, session, 5), { outputJson: '"many"' });
  const id = await run.start('typed', { rows: '{{ tasks.extract.output }}' });
  expect(await lease(ctx, session, 5)).toEqual([]);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'failed', reason: 'INVALID_PARAMS' });
  const [row] = await ctx.sql<{ message: string }>(`select message from task_records where id = $1`, [id]);
  expect(row?.message).toContain('params.rows: got "many"');
});
