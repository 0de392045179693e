import { openDb, type Db } from '@taskflow/store';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { createWorkflowInstances } from '../workflow/create-workflow-instances.js';
import { createTaskInstances, type NewTaskInstance } from './create-task-instances.js';

let database: TestDatabase;
let db: Db;
let base: Pick<NewTaskInstance, 'taskName' | 'versionId' | 'laneId' | 'priority'>;

const sql = <Row extends object>(text: string, values: unknown[] = []) =>
  db.query<Row>({ name: `test_${text.length}_${text.slice(0, 30)}`, text }, values);

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'test' });
  const [version] = await sql<{ id: string }>(
    `insert into definition_versions (kind, name, hash, spec) values ('task', 'load', 'x', '{}') returning id`,
  );
  const [lane] = await sql<{ id: number }>(
    `insert into lanes (queue, task_name, handler) values ('default', 'load', 'load') returning id`,
  );
  base = { taskName: 'load', versionId: version?.id ?? '', laneId: lane?.id ?? 0, priority: 'normal' };
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

test('each instance is where it waits, in the order of the rows', async () => {
  const created = await createTaskInstances(db, [
    { ...base, params: '{"n": 1}' },
    { ...base, runAt: new Date(Date.UTC(2099, 0)) },
    { ...base, limitKeys: ['a "b" \\c', 'd'], limitMaxima: [2, 3] },
    { ...base, status: 'skipped', reason: 'upstream_failed' },
    { ...base, priority: 'critical', uniqueKey: 'k' },
  ]);
  expect(created.map(({ index, placement }) => [index, placement])).toEqual([
    [0, 'queue'],
    [1, 'delayed'],
    [2, 'blocked'],
    [3, 'none'],
    [4, 'queue'],
  ]);
  const shown = await sql<Record<string, unknown>>(
    `select status, params, waiting_for, reason, finished_at is not null as ended from task_instances order by id`,
  );
  expect(shown).toEqual([
    { status: 'queued', params: { n: 1 }, waiting_for: 'no_worker(queue default)', reason: null, ended: false },
    { status: 'queued', params: {}, waiting_for: 'not_before', reason: null, ended: false },
    { status: 'queued', params: {}, waiting_for: 'concurrency(a "b" \\c)', reason: null, ended: false },
    { status: 'skipped', params: {}, waiting_for: null, reason: 'upstream_failed', ended: true },
    { status: 'queued', params: {}, waiting_for: 'no_worker(queue default)', reason: null, ended: false },
  ]);
  const queue = await sql<{ id: string; flags: number }>(`select id, flags from task_queue order by rank`);
  expect(queue).toEqual([
    { id: created[4]?.id, flags: 2 },
    { id: created[0]?.id, flags: 0 },
  ]);
});

test('a node of a run gets one instance, whoever asks and however often', async () => {
  const [run] = await createWorkflowInstances(db, [
    { workflowName: 'w', versionId: base.versionId, priority: 'normal', nodesTotal: 3 },
  ]);
  const node = (nodeKey: string) => ({ ...base, workflowInstanceId: run?.id, nodeKey });
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => createTaskInstances(db, [node('a'), node('b'), node('c')])),
  );
  expect(
    answers
      .flat()
      .map((created) => created.index)
      .sort(),
  ).toEqual([0, 1, 2]);
  const again = await createTaskInstances(db, [node('a'), node('new')]);
  expect(again.map((created) => created.index)).toEqual([1]);
  const counts = await sql(
    `select count(*)::int as records, (select count(*)::int from task_queue where flags = 4) as ready
       from task_records where workflow_instance_id = $1`,
    [run?.id],
  );
  expect(counts).toEqual([{ records: 4, ready: 4 }]);
});

test('times that are relative count from when the instance is due', async () => {
  const runAt = new Date(Date.UTC(2099, 0));
  const [{ id } = { id: '' }] = await createTaskInstances(db, [
    { ...base, runAt, expiresInMs: 1000, startWithinMs: 2000, finishWithinMs: 3000 },
  ]);
  const [row] = await sql<Record<string, Date>>(
    `select expires_at, start_by, finish_by from task_records where id = $1`,
    [id],
  );
  expect(row).toEqual({
    expires_at: new Date(Date.UTC(2099, 0, 1, 0, 0, 1)),
    start_by: new Date(Date.UTC(2099, 0, 1, 0, 0, 2)),
    finish_by: new Date(Date.UTC(2099, 0, 1, 0, 0, 3)),
  });
  expect(await sql(`select kind from sla_watches where task_instance_id = $1 order by due_at`, [id])).toEqual([
    { kind: 'start' },
    { kind: 'finish' },
  ]);
});

test('instances that differ only in their params are made as they are among others', async () => {
  const common = {
    ...base,
    priority: 'high' as const,
    timeoutMs: 5000,
    traceParent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    traceState: 'a=1',
    submittedBy: 'someone',
  };
  const rows = [{ ...common, params: '{"n": 1}' }, common, { ...common, params: '{"n": 3}' }];
  const now = new Date(Date.UTC(2030, 0));
  const alike = await createTaskInstances(db, rows, { now });
  const mixed = await createTaskInstances(db, [...rows, { ...base, runAt: new Date(Date.UTC(2099, 0)) }], { now });
  const stored = async (created: readonly { id: string }[]) => ({
    records: await sql(
      `select to_jsonb(r) - 'id' as record from unnest($1::bigint[]) with ordinality u (id, ord) join task_records r using (id) order by ord`,
      [created.map(({ id }) => id)],
    ),
    queue: await sql(
      `select q.lane_id, q.rank, q.attempt, q.flags from unnest($1::bigint[]) u (id) join task_queue q using (id)`,
      [created.map(({ id }) => id)],
    ),
  });
  expect(alike.map(({ index, laneId, placement }) => [index, laneId, placement])).toEqual(
    [0, 1, 2].map((index) => [index, base.laneId, 'queue']),
  );
  expect(await stored(alike)).toEqual(await stored(mixed.slice(0, 3)));
});
