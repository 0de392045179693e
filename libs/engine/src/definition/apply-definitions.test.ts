import { counted } from '@taskflow/testing';
import { openContext, type TestContext } from '../test/open-context.js';
import { applyDefinitions } from './apply-definitions.js';
import { getTask, listTasks } from './read-tasks.js';
import { getWorkflow } from './read-workflows.js';
import { setTaskActive } from './set-active.js';
import { taskSpecs } from './version-cache.js';

let ctx: TestContext;

beforeAll(async () => {
  ctx = await openContext();
});

afterAll(() => ctx.close());

const apply = (...definitions: { kind: string; spec: unknown }[]) => applyDefinitions(ctx, { definitions });
const task = (spec: object) => ({ kind: 'task', spec });
const workflow = (spec: object) => ({ kind: 'workflow', spec });

test('registering again changes nothing, a change makes a version, and going back finds the old one', async () => {
  const [first] = await apply(task({ name: 'load', retries: 1 }));
  expect(first).toMatchObject({ name: 'load', change: 'created' });
  expect(await apply(task({ retries: 1, name: 'load' }))).toEqual([{ ...first, change: 'unchanged' }]);
  const [second] = await apply(task({ name: 'load', retries: 2, queue: 'big', labels: { gpu: 'yes' } }));
  expect(second).toMatchObject({ change: 'updated' });
  expect(second?.versionId).not.toBe(first?.versionId);
  const specs = await taskSpecs(ctx.db, [first?.versionId ?? '', second?.versionId ?? '']);
  expect([...specs.values()].map((spec) => spec.retries)).toEqual([1, 2]);
  expect(await apply(task({ name: 'load', retries: 1 }))).toEqual([{ ...first, change: 'updated' }]);
  expect(await getTask(ctx, { name: 'load' })).toMatchObject({ version_id: first?.versionId, queue: 'default' });
});

test('the database decides what is active once a Task is there', async () => {
  await apply(task({ name: 'switch', active: false }));
  expect(await getTask(ctx, { name: 'switch' })).toMatchObject({ active: false });
  expect(await setTaskActive(ctx, { name: 'switch', active: true })).toMatchObject({ active: true });
  await apply(task({ name: 'switch', active: false, title: 'edited' }));
  expect(await getTask(ctx, { name: 'switch' })).toMatchObject({ active: true, title: 'edited' });
});

test('a Workflow brings its own Tasks, and may name registered ones', async () => {
  const spec = {
    name: 'etl',
    tasks: [
      { key: 'extract', bash: 'echo' },
      { key: 'transform', handler: 'h', depends_on: ['extract'] },
      { key: 'load', task: 'shared', depends_on: ['transform'] },
    ],
  };
  await expect(apply(workflow(spec))).rejects.toMatchObject({
    kind: 'InvalidInput',
    violations: [{ field: 'definitions[0].tasks[2].task', got: '"shared"' }],
  });
  await apply(workflow(spec), task({ name: 'shared' }));
  expect(await getTask(ctx, { name: 'etl.extract' })).toMatchObject({ workflow_name: 'etl' });
  expect((await getWorkflow(ctx, { name: 'etl' })).spec).toContain('"finish_running"');
  expect(await ctx.sql(`select handler from lanes where task_name like 'etl.%' order by 1`)).toEqual([
    { handler: '@bash' },
    { handler: 'h' },
  ]);
  await expect(apply(task({ name: 'etl.extract' }))).rejects.toMatchObject({
    violations: [{ field: 'definitions[0].name', description: expect.stringContaining('belongs to Workflow etl') }],
  });
});

test('all or none, with every fault of every definition', async () => {
  await expect(
    apply(
      task({ name: 'good' }),
      task({ name: 'bad', retries: -1, schedule: '61 * * * *' }),
      workflow({ name: 'w', tasks: [{ key: 'a', depends_on: ['b'] }] }),
      task({ name: 'good' }),
      { kind: 'thing', spec: {} },
    ),
  ).rejects.toMatchObject({
    violations: expect.arrayContaining([
      expect.objectContaining({ field: 'definitions[1].retries' }),
      expect.objectContaining({ field: 'definitions[2].tasks[0].depends_on[0]' }),
      expect.objectContaining({ field: 'definitions[3].name' }),
      expect.objectContaining({ field: 'definitions[4].kind' }),
    ]),
  });
  await expect(getTask(ctx, { name: 'good' })).rejects.toMatchObject({ kind: 'NotFound' });
});

test('a dry run says what would change and stores nothing', async () => {
  const definitions = [task({ name: 'dry' }), task({ name: 'load', retries: 9 })];
  const answer = await applyDefinitions(ctx, { definitions, dryRun: true });
  expect(answer.map(({ change }) => change)).toEqual(['created', 'updated']);
  await expect(getTask(ctx, { name: 'dry' })).rejects.toMatchObject({ kind: 'NotFound' });
});

test('O8: an edited schedule holds from now on, an untouched one goes on, one that is gone rests', async () => {
  const schedules = () =>
    ctx.sql<{
      ordinal: number;
      active: boolean;
      revision: string;
      high_water: Date;
      next_at: Date | null;
      paused: boolean;
    }>(
      `select ordinal, active, revision, high_water, next_at, paused_at is not null as paused
         from schedules where target_name = 'tick' order by ordinal`,
    );
  await apply(task({ name: 'tick', schedule: ['0 1 * * *', { every: '1h' }] }));
  const [{ was } = { was: new Date(0) }] = await ctx.sql<{ was: Date }>(
    `update schedules set high_water = now() - interval '3 days', next_at = now() - interval '3 days', paused_at = now()
      where target_name = 'tick' returning high_water as was`,
  );
  await apply(task({ name: 'tick', title: 'x', schedule: ['0 1 * * *', { every: '2h' }] }));
  const [same, edited] = await schedules();
  expect(same).toMatchObject({ revision: '1', next_at: was, paused: true });
  expect(edited).toMatchObject({ revision: '2', active: true, paused: true });
  expect(edited?.high_water.getTime()).toBeGreaterThan(was.getTime() + 86_400_000);
  expect(edited?.next_at?.getTime()).toBeGreaterThan(edited?.high_water.getTime() ?? 0);

  await apply(task({ name: 'tick' }));
  expect(await schedules()).toMatchObject([
    { active: false, next_at: null },
    { active: false, next_at: null },
  ]);
  await apply(task({ name: 'tick', schedule: '0 1 * * *' }));
  const [again] = await schedules();
  expect(again).toMatchObject({ active: true, paused: false });
  expect(again?.high_water.getTime()).toBeGreaterThan(was.getTime() + 86_400_000);
});

test('twenty workers that register the same at once make one version each', async () => {
  const definitions = Array.from({ length: 30 }, (_, index) => task({ name: `fleet-${index}`, schedule: '0 0 * * *' }));
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      applyDefinitions(ctx, { definitions: index % 2 ? definitions : definitions.toReversed() }),
    ),
  );
  expect(answers.flat().filter(({ change }) => change === 'created')).toHaveLength(30);
  expect(await ctx.sql(`select count(*)::int from definition_versions where name like 'fleet-%'`)).toEqual([
    { count: 30 },
  ]);
  expect(await ctx.sql(`select count(*)::int from lanes where task_name like 'fleet-%'`)).toEqual([{ count: 30 }]);
});

test('pages by name', async () => {
  const seen: string[] = [];
  for (let pageToken: string | undefined; pageToken !== '';) {
    const page = await listTasks(ctx, { pageSize: 7, pageToken, active: true });
    seen.push(...page.items.map((item) => item.name));
    pageToken = page.nextPageToken;
  }
  expect(seen).toEqual(
    (await ctx.sql<{ name: string }>(`select name from tasks order by name`)).map(({ name }) => name),
  );
  await expect(listTasks(ctx, { pageToken: 'bm8' })).rejects.toMatchObject({ violations: [{ field: 'page_token' }] });
  await expect(listTasks(ctx, { pageSize: 1001 })).rejects.toMatchObject({ violations: [{ field: 'page_size' }] });
  await expect(getTask(ctx, { name: 'lod' })).rejects.toThrow(/did you mean "load"/);
});

test('a workflow of 10,000 tasks is registered in few statements', async () => {
  const tasks = Array.from({ length: 10_000 }, (_, index) => ({
    key: `t${index}`,
    handler: 'h',
    depends_on: index === 0 ? [] : [`t${index - 1}`],
  }));
  const { db, statements } = counted(ctx.db);
  await applyDefinitions({ ...ctx, db }, { definitions: [workflow({ name: 'large', tasks })] });
  expect(await ctx.sql(`select count(*)::int from tasks where workflow_name = 'large'`)).toEqual([{ count: 10_000 }]);
  expect(statements()).toBeLessThan(20);
}, 60_000);
