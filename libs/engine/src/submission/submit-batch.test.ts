import { applyDefinitions } from '../definition/apply-definitions.js';
import { openContext, type TestContext } from '../test/open-context.js';
import { submitBatch } from './submit-batch.js';
import { submitTask, submitWorkflow } from './submit.js';
import type { SubmissionInput, SubmissionResult } from './submission.js';

let ctx: TestContext;
const hints: string[] = [];

beforeAll(async () => {
  ctx = await openContext({
    wake: {
      ready: (laneIds) => hints.push(`ready ${laneIds.length}`),
      workflowChanged: () => hints.push('workflow'),
      workflowEnded: () => hints.push('ended'),
      delayed: () => hints.push('delayed'),
      cancelRequested: () => hints.push('cancel'),
      scheduleChanged: () => hints.push('schedule'),
      ended: () => hints.push('ended'),
    },
  });
  const schema = {
    type: 'object',
    properties: { rows: { type: 'integer', minimum: 1 }, mode: { type: 'string', default: 'fast' } },
    required: ['rows'],
  };
  await applyDefinitions(ctx, {
    definitions: [
      { kind: 'task', spec: { name: 'plain' } },
      { kind: 'task', spec: { name: 'strict', params: schema, defaults: { origin: 'default' } } },
      { kind: 'task', spec: { name: 'limited', concurrency: 2 } },
      {
        kind: 'task',
        spec: { name: 'timed', timeout: '5m', start_timeout: '10s', sla: '1h', default_priority: 'high' },
      },
      {
        kind: 'workflow',
        spec: {
          name: 'flow',
          tasks: [
            { key: 'a', bash: 'true' },
            { key: 'b', bash: 'true' },
          ],
        },
      },
    ],
  });
});

beforeEach(() => {
  hints.length = 0;
});

afterAll(() => ctx.close());

const plain = (more: object = {}): SubmissionInput => ({ kind: 'task', task: 'plain', ...more });
const idOf = (result: SubmissionResult | undefined): string => (result && 'id' in result ? result.id : '');
const reasonOf = (result: SubmissionResult | undefined) =>
  result && 'error' in result ? result.error.reason : 'accepted';
const record = async (id: string) =>
  (await ctx.sql<Record<string, unknown>>(`select * from task_instances where id = $1`, [id]))[0];

test('an instance has what was said of it, over what its definition says', async () => {
  const { id, created } = await submitTask(ctx, { task: 'strict', paramsJson: '{"rows": 3}', priority: 'critical' });
  expect(created).toBe(true);
  expect(await record(id)).toMatchObject({
    status: 'queued',
    priority: 'critical',
    params: { rows: 3, mode: 'fast', origin: 'default' },
    submitted_by: 'test',
    trace_parent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/),
  });
  const timed = await record((await submitTask(ctx, { task: 'timed' })).id);
  const { run_at: runAt, expires_at: expiresAt, finish_by: finishBy } = timed as Record<string, Date>;
  expect(timed).toMatchObject({ priority: 'high', timeout_ms: '300000' });
  expect(expiresAt!.getTime() - runAt!.getTime()).toBe(10_000);
  expect(finishBy!.getTime() - runAt!.getTime()).toBe(3_600_000);
});

test('what is wrong is said field by field, and stops nothing else of the batch', async () => {
  const results = await submitBatch(ctx, {
    submissions: [
      plain(),
      { kind: 'task', task: 'strict', paramsJson: '{"rows": 0}' },
      { kind: 'task', task: 'plainn' },
      plain({ paramsJson: '{"a": ', priority: 'urgent', queue: 'no spaces', unique: { key: '', scope: 'ttl' } }),
      { kind: 'workflow', workflow: 'flow' },
      plain({ paramsJson: '"text"' }),
      plain({ paramsJson: '{"nul": "\\u0000"}' }),
      plain({ runAt: new Date(Number.NaN) }),
      { kind: 'task', task: '' },
      plain({ runAt: new Date(Date.UTC(2099, 1)), expiresAt: new Date(Date.UTC(2099, 0)) }),
    ],
  });
  expect(results.map(reasonOf)).toEqual([
    'accepted',
    'INVALID_INPUT',
    'TASK_NOT_FOUND',
    'INVALID_INPUT',
    'accepted',
    'INVALID_INPUT',
    'INVALID_INPUT',
    'INVALID_INPUT',
    'INVALID_INPUT',
    'INVALID_INPUT',
  ]);
  expect(results[1]).toMatchObject({ error: { violations: [{ field: 'params.rows' }] } });
  expect(results[2]).toMatchObject({ error: { message: expect.stringContaining('did you mean "plain"') } });
  const fields = ['params', 'priority', 'queue', 'unique.key', 'unique.ttl'];
  expect(results[3]).toMatchObject({ error: { violations: fields.map((field) => ({ field })) } });
  expect(results[8]).toMatchObject({ error: { violations: [{ field: 'task' }] } });
  expect(results[9]).toMatchObject({ error: { violations: [{ field: 'expires_at' }] } });
  expect(hints.sort()).toEqual(['ready 1', 'workflow']);
  expect(await ctx.sql(`select status, nodes_total from workflow_instances where id = $1`, [idOf(results[4])])).toEqual(
    [{ status: 'queued', nodes_total: 2 }],
  );
  await expect(submitBatch(ctx, { submissions: [] })).rejects.toMatchObject({ violations: [{ field: 'submissions' }] });
  await expect(submitTask(ctx, { task: 'none' })).rejects.toMatchObject({ kind: 'NotFound' });
});

test('the order of the results is that of the submissions', async () => {
  const submissions = Array.from({ length: 500 }, (_, n) =>
    n % 5 === 0
      ? ({ kind: 'workflow', workflow: 'flow', paramsJson: `{"n":${n}}` } as const)
      : plain({ paramsJson: `{"n":${n}}`, ...(n % 7 === 0 ? { unique: { key: `n${n}` } } : {}) }),
  );
  const results = await submitBatch(ctx, { submissions });
  const rows = await ctx.sql<{ id: string; n: number }>(
    `select id, (params ->> 'n')::int as n from task_records where id = any ($1)
      union all select id, (params ->> 'n')::int from workflow_instances where id = any ($2)`,
    [results.filter((_, n) => n % 5 !== 0).map(idOf), results.filter((_, n) => n % 5 === 0).map(idOf)],
  );
  expect(rows).toHaveLength(500);
  for (const { id, n } of rows) expect(idOf(results[n])).toBe(id);
});

test('another queue gets its lane, and workers are told', async () => {
  const { id } = await submitTask(ctx, { task: 'plain', queue: 'night' });
  expect(await record(id)).toMatchObject({ queue: 'night' });
  expect(hints.sort()).toEqual(['ready 1', 'schedule']);
  hints.length = 0;
  await submitTask(ctx, { task: 'plain', queue: 'night', runAt: new Date(Date.UTC(2099, 0)) });
  expect(hints).toEqual(['delayed']);
});

test('200 concurrent submits of one key make one row and give one id', async () => {
  const results = await Promise.all(
    Array.from({ length: 200 }, () => submitTask(ctx, { task: 'plain', unique: { key: 'one' } })),
  );
  expect(new Set(results.map(({ id }) => id)).size).toBe(1);
  expect(results.filter(({ created }) => created)).toHaveLength(1);
  expect(await ctx.sql(`select count(*)::int from task_records where unique_key = 'one'`)).toEqual([{ count: 1 }]);
  const flows = await Promise.all(
    Array.from({ length: 50 }, () => submitWorkflow(ctx, { workflow: 'flow', unique: { key: 'one' } })),
  );
  expect(flows.filter(({ created }) => created)).toHaveLength(1);
});

test('batches that want the same keys in different orders all come through', async () => {
  const keys = Array.from({ length: 100 }, (_, n) => plain({ unique: { key: `shared-${n}` } }));
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => submitBatch(ctx, { submissions: n % 2 ? keys : keys.toReversed() })),
  );
  expect(answers.flat().filter((result) => 'created' in result && result.created)).toHaveLength(100);
  expect(await ctx.sql(`select count(*)::int from task_records where unique_key like 'shared-%'`)).toEqual([
    { count: 100 },
  ]);
});

test('a key refuses, replaces what is queued, and runs out as it was told', async () => {
  const submit = (onConflict: string, more: object = {}) =>
    submitTask(ctx, { task: 'plain', unique: { key: 'k', onConflict, ...more } });
  const first = await submit('return_existing');
  await expect(submit('reject')).rejects.toMatchObject({ reason: 'UNIQUE_KEY_TAKEN', metadata: { id: first.id } });

  const second = await submit('replace_queued');
  expect(second.created).toBe(true);
  expect(await record(first.id)).toMatchObject({ status: 'dequeued', reason: 'REPLACED' });
  expect(await ctx.sql(`select id from task_queue where id = any ($1)`, [[first.id, second.id]])).toEqual([
    { id: second.id },
  ]);

  // Once it is leased it has started, and stays.
  await ctx.sql(
    `with q as (delete from task_queue where id = $1 returning *)
                 insert into task_leases (id, attempt, session_id, lane_id, flags) select id, 1, 1, lane_id, flags from q`,
    [second.id],
  );
  expect(await submit('replace_queued')).toEqual({ id: second.id, created: false });
  await ctx.sql(`delete from unique_keys where key = 'k' and expires_at is null`);
  const third = await submit('reject', { scope: 'ttl', ttlMs: 60_000 });
  expect(third.created).toBe(true);
  expect(await ctx.sql(`select flags from task_records where id = $1`, [third.id])).toEqual([{ flags: 0 }]);
  expect(await submit('return_existing')).toEqual({ id: third.id, created: false });
  await ctx.sql(`update unique_keys set expires_at = now() where key = 'k'`);
  expect(await submit('reject')).toMatchObject({ created: true });

  const flow = (onConflict: string) => submitWorkflow(ctx, { workflow: 'flow', unique: { key: 'k', onConflict } });
  const run = await flow('return_existing');
  const other = await flow('replace_queued');
  expect(
    await ctx.sql(`select id, status, reason from workflow_instances where id = any ($1) order by id`, [
      [run.id, other.id],
    ]),
  ).toEqual([
    { id: run.id, status: 'dequeued', reason: 'REPLACED' },
    { id: other.id, status: 'queued', reason: null },
  ]);
});

test('within one batch a key makes one instance', async () => {
  const [a, b, c, d] = await submitBatch(ctx, {
    submissions: [
      plain({ paramsJson: '{"n":1}', unique: { key: 'twin' } }),
      plain({ paramsJson: '{"n":2}', unique: { key: 'twin' } }),
      plain({ paramsJson: '{"n":3}', unique: { key: 'twin', onConflict: 'replace_queued' } }),
      plain({ paramsJson: '{"n":4}', unique: { key: 'twin', onConflict: 'reject' } }),
    ],
  });
  expect([a, b, c]).toEqual([
    { id: idOf(c), created: false },
    { id: idOf(c), created: false },
    { id: idOf(c), created: true },
  ]);
  expect(reasonOf(d)).toBe('UNIQUE_KEY_TAKEN');
  expect(await ctx.sql(`select params from task_records where unique_key = 'twin'`)).toEqual([{ params: { n: 3 } }]);
});

test('a call that is repeated with its request id makes nothing and answers the same', async () => {
  const submissions = [
    plain(),
    { kind: 'task', task: 'strict', paramsJson: '{}' } as const,
    plain({ unique: { key: 'r' } }),
  ];
  const count = async () => (await ctx.sql<{ count: string }>(`select count(*) from task_records`))[0]?.count;
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => submitBatch(ctx, { submissions, requestId: 'request-1' })),
  );
  const before = await count();
  expect(answers.flat().filter((result) => 'created' in result && result.created)).toHaveLength(2);
  expect(new Set(answers.map((results) => results.map(idOf).join())).size).toBe(1);
  const replay = await submitBatch(ctx, { submissions, requestId: 'request-1' });
  expect(replay.map(reasonOf)).toEqual(['accepted', 'INVALID_INPUT', 'accepted']);
  expect(replay[1]).toMatchObject({ error: { violations: [{ field: 'params.rows' }] } });
  expect(await count()).toBe(before);

  await expect(submitBatch(ctx, { submissions: [plain()], requestId: 'request-1' })).rejects.toMatchObject({
    reason: 'REQUEST_ID_REUSED',
  });
  await ctx.sql(`update submissions set created_at = now() - interval '25 hours'`);
  const [again] = await submitBatch(ctx, { submissions: [plain()], requestId: 'request-1' });
  expect(again).toMatchObject({ created: true });
  await expect(submitTask(ctx, { task: 'strict', requestId: 'request-2' })).rejects.toMatchObject({
    kind: 'InvalidInput',
  });
  expect(await submitTask(ctx, { task: 'plain', requestId: 'request-2' })).toMatchObject({ created: true });
});

test('O5: however many submit at once, no more are ready than the limit allows, and a replaced one gives its place on', async () => {
  const limited = { kind: 'task', task: 'limited' } as const;
  const first = await submitTask(ctx, { task: 'limited', unique: { key: 'held' } });
  await Promise.all(
    Array.from({ length: 10 }, () => submitBatch(ctx, { submissions: Array.from({ length: 20 }, () => limited) })),
  );
  const places = `select (select count(*)::int from task_queue q join lanes l on l.id = q.lane_id where l.task_name = 'limited') as ready,
                         (select count(*)::int from task_blocked where limit_key = 'task:limited') as blocked,
                         (select count(*)::int from limit_slots where limit_key = 'task:limited') as taken`;
  expect(await ctx.sql(places)).toEqual([{ ready: 2, blocked: 199, taken: 2 }]);
  const second = await submitTask(ctx, { task: 'limited', unique: { key: 'held', onConflict: 'replace_queued' } });
  expect(await record(first.id)).toMatchObject({ status: 'dequeued' });
  expect(await record(second.id)).toMatchObject({ waiting_for: 'concurrency(task:limited)' });
  expect(await ctx.sql(places)).toEqual([{ ready: 2, blocked: 199, taken: 2 }]);
});
