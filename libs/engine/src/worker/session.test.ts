import { openContext, type TestContext } from '../test/open-context.js';
import { complete, connect, defineTasks, elected, lease, silence, statusOf, submit } from '../test/worker-bench.js';
import { cancelTaskInstance } from '../task/cancel-task.js';
import { promoteDelayed } from '../task/promote-delayed.js';
import { closeSession } from './close-session.js';
import { expireLeases } from './expire-leases.js';
import { heartbeat } from './heartbeat.js';
import { pendingCancels } from './pending-cancels.js';
import { resolveLanes } from './resolve-lanes.js';

let ctx: TestContext;

beforeEach(async () => {
  ctx = await openContext();
  await defineTasks(ctx, { name: 'load', infra_retries: 2 });
});
afterEach(() => ctx.close());

test('a worker serves the lanes of its queues, tasks, handlers and labels', async () => {
  await defineTasks(
    ctx,
    { name: 'gpu', run: { handler: 'load' }, labels: { zone: 'a', gpu: 'yes' } },
    { name: 'slow', run: { handler: 'load' }, queue: 'slow' },
    { name: 'sh', bash: 'true' },
    { name: 'pushed', run: { handler: 'load' }, push_destination: 'k8s' },
  );
  const names = async (more: Parameters<typeof connect>[2]) => {
    const { sessionId, laneIds } = await connect(ctx, 'w', more);
    expect(await resolveLanes(ctx, { sessionIds: [sessionId] })).toEqual([{ sessionId, laneIds }]);
    const rows = await ctx.sql<{ task_name: string }>(`select task_name from lanes where id = any ($1) order by 1`, [
      laneIds,
    ]);
    return rows.map((row) => row.task_name);
  };
  expect(await names({})).toEqual(['load']);
  expect(await names({ handlers: ['load', '@bash'], labels: { zone: 'a', gpu: 'yes', more: 'x' } })).toEqual([
    'gpu',
    'load',
    'sh',
  ]);
  expect(await names({ queues: ['slow', 'default'], tasks: ['slow'] })).toEqual(['slow']);
  expect(await names({ handlers: [] })).toEqual([]);
});

test('an instance that no live worker can take says what they lack', async () => {
  await defineTasks(
    ctx,
    { name: 'gpu', run: { handler: 'load' }, labels: { zone: 'a', gpu: 'yes' } },
    { name: 'slow', run: { handler: 'load' }, queue: 'slow' },
    { name: 'sh', bash: 'true' },
    { name: 'other' },
    { name: 'picked', run: { handler: 'load' } },
  );
  const names = ['load', 'gpu', 'slow', 'sh', 'other', 'picked'];
  for (const name of names) await submit(ctx, name);
  const waits = async () => {
    const rows = await ctx.sql<{ waiting_for: string }>(`select waiting_for from task_instances order by id`);
    return Object.fromEntries(rows.map((row, index) => [names[index], row.waiting_for]));
  };
  expect(await waits()).toMatchObject({ load: 'no_worker(queue default)', slow: 'no_worker(queue slow)' });
  await connect(ctx, 'w', { tasks: ['load', 'gpu', 'sh', 'other'], handlers: ['load'], labels: { zone: 'a' } });
  expect(await waits()).toEqual({
    load: 'ready',
    gpu: 'no_worker(labels gpu=yes,zone=a)',
    slow: 'no_worker(queue slow)',
    sh: 'no_worker(bash)',
    other: 'no_worker(handler other)',
    picked: 'no_worker(task picked)',
  });
});

test('a server that does not speak the protocol says so; a bad hello names the field', async () => {
  await expect(connect(ctx, 'w', { protocol: 9 })).rejects.toMatchObject({ reason: 'PROTOCOL_UNSUPPORTED' });
  await expect(connect(ctx, 'w', { slots: 0 })).rejects.toMatchObject({ violations: [{ field: 'slots' }] });
});

test('after a reconnect the worker keeps what it holds and the rest goes back, uncounted', async () => {
  const ids = await submit(ctx, 'load', 3);
  const first = await connect(ctx, 'w');
  const [running, undelivered, done] = await lease(ctx, first, 3);
  await complete(ctx, done ? [done] : []);
  const held = [running, done].flatMap((task) => task?.ref ?? []);
  const second = await connect(ctx, 'w', { held });
  expect(second.lost).toEqual([done?.ref]);
  await expect(heartbeat(ctx, { sessionId: first.sessionId })).rejects.toMatchObject({ reason: 'LEASE_LOST' });
  expect(await heartbeat(ctx, { sessionId: second.sessionId })).toEqual({ leaseTtlMs: 15_000 });
  expect(await statusOf(ctx, ids[1] ?? '')).toMatchObject({ status: 'queued', attempt: 0, losses: 0 });
  const again = await lease(ctx, second, 3);
  expect(again.map((task) => task.ref)).toEqual([expect.objectContaining({ id: undelivered?.ref.id, attempt: 1 })]);
  expect(await complete(ctx, running ? [running] : [])).toEqual(['accepted']);
});

test('a hello whose answer was lost is sent again, and nothing is lost by it', async () => {
  await submit(ctx, 'load', 1);
  const first = await connect(ctx, 'w');
  const leases = await lease(ctx, first);
  const held = leases.map((task) => task.ref);
  await connect(ctx, 'w', { held });
  expect((await connect(ctx, 'w', { held })).lost).toEqual([]);
  expect(await complete(ctx, leases)).toEqual(['accepted']);
});

test('a heartbeat tells a session that another process has taken from one that its own has', async () => {
  const first = await connect(ctx, 'w', { process: 'one' });
  const again = await connect(ctx, 'w', { process: 'one' });
  await connect(ctx, 'w', { process: 'two' });
  await expect(heartbeat(ctx, { sessionId: first.sessionId })).rejects.toMatchObject({ reason: 'LEASE_LOST' });
  await expect(heartbeat(ctx, { sessionId: again.sessionId })).rejects.toMatchObject({ reason: 'SESSION_REPLACED' });
});

test('held leases of another worker stay that worker’s', async () => {
  await submit(ctx, 'load');
  const leases = await lease(ctx, await connect(ctx, 'a'));
  const held = leases.map((task) => task.ref);
  expect((await connect(ctx, 'b', { held })).lost).toEqual(held);
  expect(await complete(ctx, leases)).toEqual(['accepted']);
});

test('what kills its worker again and again is found out, and what waited beside it is not blamed', async () => {
  const [poison, beside] = await submit(ctx, 'load', 2);
  const scheduler = await elected(ctx);
  for (let life = 1; life <= 3; life += 1) {
    const session = await connect(ctx, 'w', { process: `life-${life}`, slots: 1 });
    await promoteDelayed(scheduler, { now: new Date(Date.now() + 60_000) });
    // It is the one that the worker starts.
    await ctx.sql(`update task_queue set rank = 0 where id = $1`, [poison]);
    expect((await lease(ctx, session, 2)).map((task) => task.ref.id)).toEqual([poison, beside]);
  }
  await connect(ctx, 'w', { process: 'life-4', slots: 1 });
  await expireLeases(scheduler);
  expect(await statusOf(ctx, poison ?? '')).toMatchObject({ status: 'failed', reason: 'POISONED', losses: 3 });
  expect(await statusOf(ctx, beside ?? '')).toMatchObject({ status: 'queued', losses: 0 });
});

test('leases of a worker that went silent are taken back: what ran is lost, what only waited is not', async () => {
  const ids = await submit(ctx, 'load', 3);
  const session = await connect(ctx, 'w', { slots: 2 });
  const leases = await lease(ctx, session, 3);
  const scheduler = await elected(ctx);
  expect(await expireLeases(scheduler)).toEqual({ sessions: 0, attempts: 0, more: false });
  await silence(ctx, session.sessionId);
  await expect(heartbeat(ctx, { sessionId: session.sessionId })).rejects.toMatchObject({ reason: 'LEASE_LOST' });
  expect(await expireLeases(scheduler)).toEqual({ sessions: 1, attempts: 2, more: false });
  expect(await expireLeases(scheduler)).toEqual({ sessions: 0, attempts: 0, more: false });
  expect(await complete(ctx, leases)).toEqual(['fenced', 'fenced', 'fenced']);
  expect(await statusOf(ctx, ids[0] ?? '')).toMatchObject({ status: 'retry', attempt: 1, losses: 1 });
  expect(await statusOf(ctx, ids[2] ?? '')).toMatchObject({ status: 'queued', attempt: 0, losses: 0 });
  const again = await lease(ctx, await connect(ctx, 'x'), 5);
  expect(again.map((task) => task.ref.attempt).sort()).toEqual([1, 2, 2]);
});

test('many leases are taken back page by page', async () => {
  await submit(ctx, 'load', 25);
  const session = await connect(ctx, 'w', { slots: 30 });
  await lease(ctx, session, 25);
  await silence(ctx, session.sessionId);
  const scheduler = await elected(ctx);
  const steps = [];
  for (let more = true; more;) {
    const step = await expireLeases(scheduler, { limit: 10 });
    steps.push(step.attempts);
    ({ more } = step);
  }
  expect(steps).toEqual([10, 10, 5]);
  expect(await ctx.sql(`select count(*)::int as leases from task_leases`)).toEqual([{ leases: 0 }]);
});

test('a completion that comes before the sweep counts, the session being expired or not', async () => {
  await submit(ctx, 'load');
  const session = await connect(ctx, 'w');
  const leases = await lease(ctx, session);
  await silence(ctx, session.sessionId);
  expect(await complete(ctx, leases)).toEqual(['accepted']);
});

test('completions and the sweep at once: each attempt ends once', async () => {
  const scheduler = await elected(ctx);
  for (let round = 0; round < 10; round += 1) {
    const ids = await submit(ctx, 'load', 5);
    const session = await connect(ctx, `w${round}`);
    const leases = await lease(ctx, session, 5);
    await silence(ctx, session.sessionId);
    const [acks] = await Promise.all([complete(ctx, leases), expireLeases(scheduler)]);
    for (const id of ids) {
      const at = leases.findIndex((task) => task.ref.id === id);
      expect(await statusOf(ctx, id)).toMatchObject({
        status: acks[at] === 'accepted' ? 'success' : 'retry',
        attempt: 1,
      });
    }
    await ctx.sql(`delete from task_queue`);
  }
});

test('a session is not closed while a claim for it is under way', async () => {
  await submit(ctx, 'load');
  const session = await connect(ctx, 'w');
  const scheduler = await elected(ctx);
  await ctx.db.tx(async (q) => {
    const within: TestContext = { ...ctx, db: { ...ctx.db, query: q.query } };
    expect(await lease(within, session)).toHaveLength(1);
    await silence(ctx, session.sessionId);
    expect(await expireLeases(scheduler)).toMatchObject({ sessions: 0, attempts: 0 });
  });
  expect(await expireLeases(scheduler)).toMatchObject({ sessions: 1, attempts: 1 });
});

test('claims and the sweep at once: no lease is left with a session that is gone', async () => {
  const scheduler = await elected(ctx);
  await submit(ctx, 'load', 200);
  for (let round = 0; round < 10; round += 1) {
    const session = await connect(ctx, `w${round}`);
    await Promise.all([
      lease(ctx, session, 3),
      lease(ctx, session, 3),
      silence(ctx, session.sessionId).then(() => expireLeases(scheduler)),
      lease(ctx, session, 3),
    ]);
    await expireLeases(scheduler);
  }
  const left = await ctx.sql(
    `select l.id from task_leases l join worker_sessions s on s.id = l.session_id where s.closed_at is not null`,
  );
  expect(left).toEqual([]);
});

test('a cancelled instance of a dead worker ends as cancelled', async () => {
  const [id = ''] = await submit(ctx, 'load');
  const session = await connect(ctx, 'w');
  const [leased] = await lease(ctx, session);
  await cancelTaskInstance(ctx, { id, reason: 'stop' });
  expect(await pendingCancels(ctx, { sessionIds: [session.sessionId] })).toEqual([
    { sessionId: session.sessionId, ref: leased?.ref, reason: 'stop' },
  ]);
  await silence(ctx, session.sessionId);
  await expireLeases(await elected(ctx));
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'cancelled', reason: 'CANCELLED' });
  expect(await pendingCancels(ctx, { sessionIds: [session.sessionId] })).toEqual([]);
});

test('a worker that says goodbye gives back what it holds, uncounted, however often it says so', async () => {
  const [id = ''] = await submit(ctx, 'load');
  const session = await connect(ctx, 'w');
  await lease(ctx, session);
  await closeSession(ctx, { sessionId: session.sessionId, reason: 'drained' });
  await closeSession(ctx, { sessionId: session.sessionId, reason: 'drained' });
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'queued', attempt: 0, losses: 0 });
  await submit(ctx, 'load');
  expect(await lease(ctx, session)).toEqual([]);
});

test('an ex-leader takes nothing back', async () => {
  await submit(ctx, 'load');
  const session = await connect(ctx, 'w');
  const leases = await lease(ctx, session);
  await silence(ctx, session.sessionId);
  const scheduler = await elected(ctx);
  await expect(expireLeases({ ...scheduler, term: '0' })).rejects.toMatchObject({ reason: 'NOT_LEADER' });
  expect(await complete(ctx, leases)).toEqual(['accepted']);
});
