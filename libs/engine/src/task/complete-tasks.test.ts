import { openContext, type TestContext } from '../test/open-context.js';
import { complete, connect, defineTasks, elected, lease, statusOf, submit } from '../test/worker-bench.js';
import type { OpenedSession } from '../worker/open-session.js';
import { cancelTaskInstance } from './cancel-task.js';
import { completeTasks } from './complete-tasks.js';
import { enforceTimeouts } from './enforce-timeouts.js';
import { expireQueued } from './expire-queued.js';
import { handBack } from './hand-back.js';
import type { LeasedTask } from './prepare-lease.js';
import { promoteDelayed } from './promote-delayed.js';
import { retryTaskInstance } from './retry-task.js';

let ctx: TestContext;
let session: OpenedSession;

beforeEach(async () => {
  ctx = await openContext();
  await defineTasks(ctx, { name: 'load', retries: 1, retry_delay: '10s' });
  session = await connect(ctx, 'w');
});
afterEach(() => ctx.close());

async function leaseOne(task = 'load', more = {}): Promise<{ id: string; leased: LeasedTask; all: LeasedTask[] }> {
  const [id = ''] = await submit(ctx, task, 1, more);
  const all = await lease(ctx, session, 1);
  const [leased] = all;
  if (leased?.ref.id !== id) throw new Error('it was not leased');
  return { id, leased, all };
}

const attempts = (id: string) =>
  ctx.sql(
    `select attempt, outcome, next_status, reason from task_attempts where task_instance_id = $1 order by attempt`,
    [id],
  );
const events = async (id: string) => {
  const rows = await ctx.sql<{ type: string }>(`select type from task_events where task_instance_id = $1 order by id`, [
    id,
  ]);
  return rows.map((row) => row.type);
};

test('a success is recorded with its output, once; sent again it is a duplicate', async () => {
  const { id, all } = await leaseOne();
  const outputJson = '{"rows":3,"at":"2026"}';
  expect(await complete(ctx, all, { outputJson })).toEqual(['accepted']);
  expect(await complete(ctx, all, { outputJson })).toEqual(['duplicate']);
  expect(await complete(ctx, [...all, ...all], { outputJson })).toEqual(['duplicate', 'duplicate']);
  const [row] = await ctx.sql(
    `select status, output, worker, finished_at >= started_at as timed from task_instances where id = $1`,
    [id],
  );
  expect(row).toEqual({ status: 'success', output: { rows: 3, at: '2026' }, worker: 'w', timed: true });
  expect(await attempts(id)).toEqual([{ attempt: 1, outcome: 'success', next_status: 'success', reason: null }]);
});

test('of many equal completions at once one is accepted', async () => {
  const { all } = await leaseOne();
  const results = await Promise.all(Array.from({ length: 8 }, () => complete(ctx, all)));
  expect(results.flat().sort()).toEqual(['accepted', ...Array<string>(7).fill('duplicate')]);
});

test('a completion under a token that is no longer valid changes nothing', async () => {
  const { id, leased } = await leaseOne();
  await handBack(ctx, { sessionId: session.sessionId, leases: [leased.ref] });
  const [again] = await lease(ctx, session);
  expect(again?.ref).toMatchObject({ id, attempt: 1 });
  expect(again?.ref.leaseId).not.toBe(leased.ref.leaseId);
  expect(await complete(ctx, [leased])).toEqual(['fenced']);
  expect(await complete(ctx, [leased], { outcome: 'failed' })).toEqual(['fenced']);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'running' });
  expect(await complete(ctx, again ? [again] : [])).toEqual(['accepted']);
});

test('of several leases of one instance in one call the valid one counts, whatever the others say', async () => {
  const { leased } = await leaseOne();
  await handBack(ctx, { sessionId: session.sessionId, leases: [leased.ref] });
  const [valid] = await lease(ctx, session);
  const [other] = (await leaseOne()).all;
  if (valid === undefined || other === undefined) throw new Error('nothing was leased');
  const later = { ...valid, ref: { ...valid.ref, leaseId: `${BigInt(valid.ref.leaseId) + 1000n}` } };
  const elsewhere = { ...valid, ref: { ...valid.ref, leaseId: other.ref.leaseId } };
  const results = await complete(ctx, [leased, later, valid, elsewhere, other]);
  expect(results).toEqual(['fenced', 'fenced', 'accepted', 'fenced', 'accepted']);
});

test('leases told under the ids of one another are not accepted', async () => {
  const [first] = (await leaseOne()).all;
  const [second] = (await leaseOne()).all;
  if (first === undefined || second === undefined) throw new Error('nothing was leased');
  const swapped = [
    { ...first, ref: { ...first.ref, leaseId: second.ref.leaseId } },
    { ...second, ref: { ...second.ref, leaseId: first.ref.leaseId } },
  ];
  expect(await complete(ctx, swapped)).toEqual(['fenced', 'fenced']);
  expect(await complete(ctx, [second, first])).toEqual(['accepted', 'accepted']);
});

test('a failure waits and is tried again, then the instance fails with its reason', async () => {
  const { id, all } = await leaseOne();
  const failed = { outcome: 'failed', reason: 'EXIT_CODE', exitCode: 3, message: 'no\0good' } as const;
  expect(await complete(ctx, all, failed)).toEqual(['accepted']);
  expect(await complete(ctx, all, failed)).toEqual(['duplicate']);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'retry', attempt: 1, failures: 1 });
  expect(await lease(ctx, session)).toEqual([]);
  const scheduler = await elected(ctx);
  expect(await promoteDelayed(scheduler)).toMatchObject({ promoted: 0 });
  const later = new Date(Date.now() + 60_000);
  expect(await promoteDelayed(scheduler, { now: later })).toMatchObject({ promoted: 1 });
  const second = await lease(ctx, session);
  expect(second[0]).toMatchObject({ ref: { id, attempt: 2 }, maxAttempts: 2 });
  expect(await complete(ctx, second, failed)).toEqual(['accepted']);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'failed', attempt: 2, reason: 'EXIT_CODE' });
  expect(await attempts(id)).toMatchObject([{ next_status: 'retry' }, { next_status: 'failed' }]);
});

test('a cancel that comes while a failure is being recorded is heeded: no attempt follows', async () => {
  const { id, all } = await leaseOne();
  const meanwhile: TestContext = {
    ...ctx,
    db: {
      ...ctx.db,
      async query(statement, values) {
        if (statement.name === 'lease_end_attempts') await cancelTaskInstance(ctx, { id, reason: 'enough' });
        return ctx.db.query(statement, values);
      },
    },
  };
  expect(await complete(meanwhile, all, { outcome: 'failed' })).toEqual(['accepted']);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'cancelled', reason: 'CANCELLED', failures: 0 });
  expect(await attempts(id)).toMatchObject([{ outcome: 'failed', next_status: 'cancelled' }]);
});

test('a failure that the worker calls final is not tried again', async () => {
  const { id, all } = await leaseOne();
  await complete(ctx, all, { outcome: 'failed', retryable: false });
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'failed', reason: 'USER_ERROR' });
});

test.each([
  ['{"a":', 'INVALID_OUTPUT'],
  ['"\\u0000"', 'INVALID_INPUT'],
  [JSON.stringify('x'.repeat(300_000)), 'OUTPUT_TOO_LARGE'],
])('an output that cannot be stored ends the attempt and holds up nobody else', async (outputJson, reason) => {
  const { id, leased } = await leaseOne();
  const other = await leaseOne();
  const acks = await completeTasks(ctx, {
    completions: [
      { ref: leased.ref, outcome: 'success', outputJson },
      { ref: other.leased.ref, outcome: 'success', outputJson: '1' },
    ],
  });
  expect(acks.map((ack) => ack.result)).toEqual(['refused', 'accepted']);
  expect(acks[0]?.message).toBeTruthy();
  const { status, reason: why } = await statusOf(ctx, id);
  expect([status, why === 'OUTPUT_TOO_LARGE' ? why : 'INVALID']).toEqual([
    'failed',
    reason === 'OUTPUT_TOO_LARGE' ? reason : 'INVALID',
  ]);
});

test('a cancel of what waits ends it; of what runs it is asked for, and then nothing is tried again', async () => {
  const [waiting = ''] = await submit(ctx, 'load');
  await cancelTaskInstance(ctx, { id: waiting, reason: 'not needed' });
  expect(await statusOf(ctx, waiting)).toMatchObject({ status: 'cancelled', reason: 'CANCELLED' });
  const { id, all } = await leaseOne();
  await cancelTaskInstance(ctx, { id });
  await cancelTaskInstance(ctx, { id });
  expect(await events(id)).toEqual(['cancel_requested']);
  expect(await complete(ctx, all, { outcome: 'failed', reason: 'EXIT_CODE' })).toEqual(['accepted']);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'cancelled', attempt: 1 });
  await cancelTaskInstance(ctx, { id });
  await expect(cancelTaskInstance(ctx, { id: '999999' })).rejects.toMatchObject({ kind: 'NotFound' });
});

test('a cancel that meets claims ends or reaches every instance', async () => {
  for (let round = 0; round < 10; round += 1) {
    const ids = await submit(ctx, 'load', 5);
    const [leases] = await Promise.all([lease(ctx, session, 5), ...ids.map((id) => cancelTaskInstance(ctx, { id }))]);
    await complete(ctx, leases, { outcome: 'cancelled' });
    for (const id of ids) expect(await statusOf(ctx, id)).toMatchObject({ status: 'cancelled' });
  }
});

test('handed back with a cancel pending, an instance ends instead of going back', async () => {
  const { id, leased } = await leaseOne();
  await cancelTaskInstance(ctx, { id });
  expect(await handBack(ctx, { sessionId: session.sessionId, leases: [leased.ref] })).toEqual({ returned: [] });
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'cancelled' });
});

test('a lease is handed back once, by its own session alone, and counts no attempt', async () => {
  const { id, leased } = await leaseOne();
  const other = await connect(ctx, 'x');
  const back = (sessionId: string) => handBack(ctx, { sessionId, leases: [leased.ref] });
  expect(await back(other.sessionId)).toEqual({ returned: [] });
  const all = await Promise.all([back(session.sessionId), back(session.sessionId)]);
  expect(all.flatMap((each) => each.returned)).toEqual([leased.ref]);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'queued', attempt: 0 });
  expect(await events(id)).toEqual(['handed_back']);
});

test('the timeout is enforced after a grace, and the late result is fenced', async () => {
  await defineTasks(ctx, { name: 'slow', timeout: '1s', run: { handler: 'load' } });
  session = await connect(ctx, 'slow', { slots: 1 });
  const first = await leaseOne('slow');
  const ahead = await leaseOne('slow');
  const scheduler = await elected(ctx);
  const after = (ms: number) => ({ now: new Date(Date.now() + ms) });
  expect(await enforceTimeouts(scheduler, after(5000))).toMatchObject({ attempts: 0 });
  // The second waited in the worker for a free slot: its time has not begun.
  expect(await enforceTimeouts(scheduler, after(12_000))).toMatchObject({ attempts: 1 });
  expect(await statusOf(ctx, first.id)).toMatchObject({ status: 'failed', reason: 'TIMEOUT' });
  expect(await complete(ctx, first.all)).toEqual(['fenced']);
  expect(await statusOf(ctx, ahead.id)).toMatchObject({ status: 'running' });
  await enforceTimeouts(scheduler, after(14_000));
  expect(await enforceTimeouts(scheduler, after(40_000))).toMatchObject({ attempts: 1 });
  expect(await statusOf(ctx, ahead.id)).toMatchObject({ status: 'failed', reason: 'TIMEOUT' });
});

test('what has not started by its expiry is dequeued, wherever it waits; what runs is left', async () => {
  const soon = new Date(Date.now() + 60_000);
  const running = await leaseOne('load', { expiresAt: soon });
  const [queued = ''] = await submit(ctx, 'load', 1, { expiresAt: soon });
  const [delayed = ''] = await submit(ctx, 'load', 1, { expiresAt: soon, runAt: new Date(Date.now() + 30_000) });
  const scheduler = await elected(ctx);
  expect(await expireQueued(scheduler)).toMatchObject({ dequeued: 0 });
  expect(await expireQueued(scheduler, { now: new Date(Date.now() + 61_000) })).toMatchObject({ dequeued: 2 });
  for (const id of [queued, delayed])
    expect(await statusOf(ctx, id)).toMatchObject({ status: 'dequeued', reason: 'EXPIRED' });
  expect(await complete(ctx, running.all)).toEqual(['accepted']);
});

test('what was due only after its expiry ends instead of becoming ready', async () => {
  const at = (ms: number) => new Date(Date.now() + ms);
  const [id = ''] = await submit(ctx, 'load', 1, { runAt: at(20_000), expiresAt: at(30_000) });
  await promoteDelayed(await elected(ctx), { now: at(40_000) });
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'dequeued', reason: 'EXPIRED' });
  expect(await events(id)).toEqual(['dequeued']);
});

test('an ended instance is run again with fresh budgets and attempts that count on', async () => {
  const { id, all } = await leaseOne();
  await expect(retryTaskInstance(ctx, { id })).rejects.toMatchObject({ kind: 'IllegalTransition' });
  await complete(ctx, all, { outcome: 'failed', retryable: false });
  await retryTaskInstance(ctx, { id });
  await expect(retryTaskInstance(ctx, { id })).rejects.toThrow(/is queued/);
  expect(await statusOf(ctx, id)).toEqual({ status: 'queued', attempt: 1, reason: null, failures: 0, losses: 0 });
  const again = await lease(ctx, session);
  expect(again[0]).toMatchObject({ ref: { id, attempt: 2 }, maxAttempts: 3 });
  expect(await complete(ctx, again)).toEqual(['accepted']);
  expect(await events(id)).toEqual(['redriven']);
  await expect(retryTaskInstance(ctx, { id: '999999' })).rejects.toMatchObject({ kind: 'NotFound' });
});
