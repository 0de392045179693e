import { applyDefinitions } from '../definition/apply-definitions.js';
import { submitBatch } from '../submission/submit-batch.js';
import { openContext, type TestContext } from '../test/open-context.js';
import { endedOf } from './ended-of.js';
import { getTaskInstance } from './get-task-instance.js';
import { listRecurringLatest } from './list-recurring-latest.js';
import { listTaskInstances, type ListTaskInstancesInput } from './list-task-instances.js';
import { listAttempts, listEvents, listLogs, listWorkflowEvents } from './read-history.js';
import { getWorkflowInstance, listWorkflowInstances } from './read-workflow-instances.js';

let ctx: TestContext;
/** By what has become of it. */
const ids: Record<string, string> = {};
let run: string;

const NAMES = [
  'queued',
  'delayed',
  'retry',
  'running',
  'success',
  'failed',
  'cancelled',
  'dequeued',
  'redriven',
  'other',
];

beforeAll(async () => {
  ctx = await openContext();
  await applyDefinitions(ctx, {
    definitions: [
      { kind: 'task', spec: { name: 'a', schedule: '0 0 * * *' } },
      { kind: 'task', spec: { name: 'b' } },
      { kind: 'workflow', spec: { name: 'w', schedule: '0 0 * * *', tasks: [{ key: 'n', bash: 'true' }] } },
    ],
  });
  const results = await submitBatch(ctx, {
    submissions: [
      ...NAMES.map((name) => ({ kind: 'task', task: name === 'other' ? 'b' : 'a' }) as const),
      { kind: 'workflow', workflow: 'w' },
      { kind: 'workflow', workflow: 'w' },
    ],
  });
  for (const [index, name] of NAMES.entries()) ids[name] = (results[index] as { id: string }).id;
  run = (results[NAMES.length] as { id: string }).id;
  const takeOff = `delete from task_queue where id = $1`;
  const end = async (id: string, status: string) => {
    await ctx.sql(takeOff, [id]);
    await ctx.sql(`update task_records set status = $2, attempt = 1, finished_at = now() where id = $1`, [id, status]);
  };
  const attempt = (id: string, outcome: string, next: string) =>
    ctx.sql(
      `insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status) values ($1, 1, now(), $2, $3)`,
      [id, outcome, next],
    );
  const event = (id: string, type: string) =>
    ctx.sql(`insert into task_events (task_instance_id, type) values ($1, $2)`, [id, type]);
  const delay = async (id: string) => {
    await ctx.sql(takeOff, [id]);
    await ctx.sql(`insert into task_delayed (id, due_at) values ($1, now() + interval '1 h')`, [id]);
  };
  await delay(ids['delayed']!);
  await delay(ids['retry']!);
  await ctx.sql(`update task_records set status = 'retry', attempt = 1 where id = $1`, [ids['retry']]);
  await attempt(ids['retry']!, 'failed', 'retry');
  await ctx.sql(
    `with s as (insert into worker_sessions (worker, protocol, queues, tasks, handlers, slots, lease_until)
                   values ('w1', 1, '{default}', '{}', '{a}', 1, now() + interval '1 h') returning id),
                      q as (delete from task_queue where id = $1 returning *)
                 insert into task_leases (id, attempt, session_id, lane_id, flags)
                 select q.id, 1, s.id, q.lane_id, 0 from q, s`,
    [ids['running']],
  );
  await end(ids['success']!, 'success');
  await attempt(ids['success']!, 'success', 'success');
  await end(ids['failed']!, 'failed');
  await attempt(ids['failed']!, 'failed', 'failed');
  await end(ids['cancelled']!, 'cancelled');
  await event(ids['cancelled']!, 'cancelled');
  await end(ids['dequeued']!, 'dequeued');
  await event(ids['dequeued']!, 'dequeued');
  // Failed once, and queued again by hand.
  await end(ids['redriven']!, 'failed');
  await attempt(ids['redriven']!, 'failed', 'failed');
  await ctx.sql(`update task_records set status = 'queued', finished_at = null where id = $1`, [ids['redriven']]);
  await ctx.sql(
    `insert into task_queue (lane_id, rank, id, attempt) select lane_id, 1, id, 1 from task_records where id = $1`,
    [ids['redriven']],
  );
});

afterAll(() => ctx.close());

const named = async (input: ListTaskInstancesInput): Promise<string[]> => {
  const { items } = await listTaskInstances(ctx, input);
  return items.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id) ?? id);
};

test('a status filter finds what has that status now', async () => {
  for (const name of ['retry', 'running', 'success', 'failed', 'cancelled', 'dequeued']) {
    expect(await named({ status: [name] })).toEqual([name]);
  }
  expect(await named({ status: ['queued'] })).toEqual(['other', 'redriven', 'delayed', 'queued']);
  expect(await named({ status: ['failed', 'running', 'success', 'queued'], task: 'a' })).toEqual([
    'redriven',
    'failed',
    'success',
    'running',
    'delayed',
    'queued',
  ]);
  expect(await named({ status: ['waiting', 'skipped', 'pushed'] })).toEqual([]);
  expect(await named({})).toEqual(NAMES.toReversed());
  expect(await named({ task: 'b' })).toEqual(['other']);
  expect(await named({ task: 'nothing' })).toEqual([]);
});

test('pages follow each other without a gap or a repetition, under every filter', async () => {
  for (const filter of [{}, { task: 'a' }, { status: ['queued', 'failed', 'success', 'running', 'retry'] }]) {
    const whole = await named(filter);
    const seen: string[] = [];
    for (let pageToken: string | undefined; pageToken !== '';) {
      const page = await listTaskInstances(ctx, { ...filter, pageSize: 2, pageToken });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id) ?? id));
      pageToken = page.nextPageToken;
    }
    expect(seen).toEqual(whole);
  }
});

test('a period holds to the moment', async () => {
  await ctx.sql(
    `update task_records set created_at = date_trunc('second', now()) - interval '1 d' + id * interval '1 min'`,
  );
  const created = async (name: string) => (await getTaskInstance(ctx, { id: ids[name]! })).created_at;
  expect(await named({ createdAfter: await created('success'), createdBefore: await created('dequeued') })).toEqual([
    'cancelled',
    'failed',
  ]);
  expect(await named({ createdAfter: await created('redriven') })).toEqual(['other']);
  expect(await named({ createdBefore: await created('delayed'), status: ['queued'] })).toEqual(['queued']);
  expect(await named({ createdAfter: new Date(Date.UTC(2099, 0)) })).toEqual([]);
});

test('a filter that cannot be is refused by name', async () => {
  await expect(listTaskInstances(ctx, { status: ['queued', 'runing'] })).rejects.toMatchObject({
    violations: [{ field: 'status[1]', wanted: expect.stringContaining('did you mean "running"') }],
  });
  await expect(listTaskInstances(ctx, { workflowInstanceId: 'x' })).rejects.toMatchObject({
    violations: [{ field: 'workflow_instance_id' }],
  });
  await expect(listWorkflowInstances(ctx, { status: ['skipped'] })).rejects.toMatchObject({ kind: 'InvalidInput' });
  await expect(getTaskInstance(ctx, { id: '999999' })).rejects.toMatchObject({ reason: 'TASK_INSTANCE_NOT_FOUND' });
  await expect(getTaskInstance(ctx, { id: '-1' })).rejects.toMatchObject({ kind: 'InvalidInput' });
});

test('the history of an instance is all there', async () => {
  expect(await listAttempts(ctx, { id: ids['running']! })).toMatchObject([
    { attempt: 1, outcome: 'running', worker: 'w1' },
  ]);
  expect(await listAttempts(ctx, { id: ids['queued']! })).toEqual([]);
  const events = await listEvents(ctx, { id: ids['failed']! });
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['submitted', 'leased', 'failed']));
  expect((await listWorkflowEvents(ctx, { id: run })).map(({ type }) => type)).toEqual(['submitted']);
  for (const read of [listAttempts, listEvents, listLogs, listWorkflowEvents, getWorkflowInstance]) {
    await expect(read(ctx, { id: '424242' })).rejects.toMatchObject({ kind: 'NotFound' });
  }
});

test('log lines come page by page over all attempts, or of one', async () => {
  const id = ids['success']!;
  await ctx.sql(
    `insert into task_logs select $1, a, n, 'stdout', now(), a || '.' || n
                   from generate_series(1, 2) a, generate_series(1, 25) n`,
    [id],
  );
  const lines: string[] = [];
  for (let pageToken: string | undefined; pageToken !== '';) {
    const page = await listLogs(ctx, { id, pageSize: 10, pageToken });
    lines.push(...page.items.map(({ line }) => line));
    pageToken = page.nextPageToken;
  }
  expect(lines).toEqual([1, 2].flatMap((a) => Array.from({ length: 25 }, (_, n) => `${a}.${n + 1}`)));
  const second = await listLogs(ctx, { id, attempt: 2, pageSize: 20 });
  const rest = await listLogs(ctx, { id, attempt: 2, pageToken: second.nextPageToken });
  expect([second.items.at(0)?.line, rest.items.at(0)?.line, rest.items.length]).toEqual(['2.1', '2.21', 5]);
});

test('a page of large items ends early and leaves nothing out', async () => {
  const id = ids['failed']!;
  await ctx.sql(
    `insert into task_logs select $1, 1, n, 'stdout', now(), repeat('x', 16000) from generate_series(1, 1200) n`,
    [id],
  );
  let lines = 0;
  const sizes: number[] = [];
  for (let pageToken: string | undefined; pageToken !== '';) {
    const page = await listLogs(ctx, { id, pageSize: 10_000, pageToken });
    lines += page.items.length;
    sizes.push(page.items.length * 16_000);
    pageToken = page.nextPageToken;
  }
  expect(lines).toBe(1200);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(8 * 1024 * 1024);

  const large = JSON.stringify({ text: 'x'.repeat(250_000) });
  const submissions = Array.from({ length: 45 }, () => ({ kind: 'task' as const, task: 'b', paramsJson: large }));
  await submitBatch(ctx, { submissions });
  const first = await listTaskInstances(ctx, { task: 'b', pageSize: 45 });
  expect(first.items.length).toBeLessThan(45);
  const rest = await listTaskInstances(ctx, { task: 'b', pageSize: 45, pageToken: first.nextPageToken });
  expect(first.items.length + rest.items.length).toBe(46);
});

test('a run comes with its tasks and the graph that it is pinned to', async () => {
  await ctx.sql(
    `insert into task_records (task_name, version_id, lane_id, workflow_instance_id, node_key, status, priority, run_at)
     select 'w.n', t.version_id, t.lane_id, $1, 'n', 'skipped', 'normal', now() from tasks t where name = 'w.n'`,
    [run],
  );
  const { instance, tasks, specJson } = await getWorkflowInstance(ctx, { id: run });
  expect(instance).toMatchObject({ workflow_name: 'w', status: 'queued', nodes_total: 1 });
  expect(tasks).toMatchObject([{ node_key: 'n', status: 'skipped' }]);
  expect(JSON.parse(specJson)).toMatchObject({ name: 'w' });
  expect((await listTaskInstances(ctx, { workflowInstanceId: run })).items).toHaveLength(1);
  expect((await listTaskInstances(ctx, { workflowInstanceId: run, status: ['running'] })).items).toHaveLength(0);

  await ctx.sql(`update workflow_instances set status = 'running' where id = $1`, [run]);
  const list = async (input: object) => (await listWorkflowInstances(ctx, input)).items.map(({ id }) => id);
  const [newest, oldest] = await list({});
  expect(oldest).toBe(run);
  expect(await list({ status: ['running'] })).toEqual([run]);
  expect(await list({ status: ['running', 'queued'] })).toEqual([newest, run]);
  expect(await list({ workflow: 'w', status: ['queued'] })).toEqual([newest]);
  expect(await list({ workflow: 'v' })).toEqual([]);
  const first = await listWorkflowInstances(ctx, { pageSize: 1 });
  expect((await listWorkflowInstances(ctx, { pageSize: 1, pageToken: first.nextPageToken })).items[0]?.id).toBe(run);
});

test('what recurs is listed with its last scheduled instance, and what has ended is told', async () => {
  expect(await listRecurringLatest(ctx)).toMatchObject([
    { kind: 'task', name: 'a', instance_id: null, next_at: expect.any(Date) },
    { kind: 'workflow', name: 'w', instance_id: null },
  ]);
  await ctx.sql(
    `insert into schedule_slots (schedule_id, slot, outcome, reason, task_instance_id, term)
     select id, now() - n * interval '1 h', case n when 1 then 'missed' else 'fired' end, 'on_time', x, 1
       from schedules, (values (1, null), (2, $1::bigint), (3, $2::bigint)) v (n, x) where kind = 'task'`,
    [ids['running'], ids['failed']],
  );
  expect((await listRecurringLatest(ctx))[0]).toMatchObject({ instance_id: ids['running'], status: 'running' });
  const asked = { task: [ids['failed']!, ids['running']!, ids['redriven']!], workflow: [run] };
  expect(await endedOf(ctx, asked)).toEqual({ task: [ids['failed']], workflow: [] });
});
