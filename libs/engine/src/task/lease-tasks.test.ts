import { Unavailable } from '@taskflow/domain';
import { openContext, type TestContext } from '../test/open-context.js';
import { complete, connect, defineTasks, lease, statusOf, submit } from '../test/worker-bench.js';
import { leaseTasks } from './lease-tasks.js';

let ctx: TestContext;

beforeEach(async () => {
  ctx = await openContext();
  await defineTasks(ctx, { name: 'load', retries: 2 }, { name: 'other', run: { handler: 'load' } });
});
afterEach(() => ctx.close());

test('instances are leased by priority and age, each once, with what a worker needs', async () => {
  const [old] = await submit(ctx, 'load', 1, { paramsJson: '{"n":1}' });
  const [young] = await submit(ctx, 'load');
  const [urgent] = await submit(ctx, 'load', 1, { priority: 'critical' });
  const session = await connect(ctx, 'w');
  const leases = await lease(ctx, session, 10);
  expect(leases.map((task) => task.ref.id)).toEqual([urgent, old, young]);
  expect(leases[1]).toMatchObject({
    sessionId: session.sessionId,
    ref: { id: old, attempt: 1 },
    task: 'load',
    handler: 'load',
    runJson: '{"handler":"load"}',
    paramsJson: '{"n": 1}',
    inputsJson: '{}',
    maxAttempts: 3,
    priority: 'normal',
  });
  expect(await lease(ctx, session, 10)).toEqual([]);
  expect(await statusOf(ctx, old ?? '')).toMatchObject({ status: 'running', attempt: 1 });
});

test('places are shared out in turn, and over the lanes by rank', async () => {
  const ids: string[] = [];
  for (const task of ['load', 'other', 'load', 'other', 'load', 'other']) ids.push(...(await submit(ctx, task)));
  const [a, b] = [await connect(ctx, 'a'), await connect(ctx, 'b')];
  const demand = [
    { sessionId: a.sessionId, credits: 1 },
    { sessionId: b.sessionId, credits: 3 },
  ];
  const leases = await leaseTasks(ctx, { laneIds: a.laneIds, demand });
  expect(leases.map((task) => task.ref.id)).toEqual(ids.slice(0, 4));
  expect(leases.map((task) => (task.sessionId === a.sessionId ? 'a' : 'b'))).toEqual(['a', 'b', 'b', 'b']);
});

test('many claims at once give every instance to one session', async () => {
  const ids = await submit(ctx, 'load', 300);
  const sessions = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => connect(ctx, name)));
  const leased: string[] = [];
  await Promise.all(
    sessions.map(async (session) => {
      for (let leases = await lease(ctx, session, 17); leases.length > 0; leases = await lease(ctx, session, 17)) {
        leased.push(...leases.map((task) => task.ref.id));
      }
    }),
  );
  expect(leased.sort()).toEqual(ids.sort());
  expect(new Set(leased).size).toBe(300);
});

test('a session that has expired or drains gets nothing, and takes nothing from others', async () => {
  await submit(ctx, 'load', 2);
  const [gone, live] = [await connect(ctx, 'gone'), await connect(ctx, 'live')];
  await ctx.sql(`update worker_sessions set lease_until = clock_timestamp() where id = $1`, [gone.sessionId]);
  const demand = [gone, live].map(({ sessionId }) => ({ sessionId, credits: 1 }));
  const leases = await leaseTasks(ctx, { laneIds: live.laneIds, demand });
  expect(leases.map((task) => task.sessionId)).toEqual([live.sessionId]);
  await ctx.sql(`update worker_sessions set draining_at = clock_timestamp()`);
  expect(await lease(ctx, live)).toEqual([]);
});

test('a claim whose answer is lost is undone before the next one', async () => {
  const [id] = await submit(ctx, 'load');
  const session = await connect(ctx, 'w');
  const { db } = ctx;
  let cut = false;
  const flaky: TestContext = {
    ...ctx,
    db: {
      ...db,
      async query(statement, values) {
        const rows = await db.query(statement, values);
        if (cut && statement.name === 'lease_claim') {
          cut = false;
          throw new Unavailable('The connection was cut.', { reason: 'DATABASE_DOWN' });
        }
        return rows as never;
      },
    },
  };
  cut = true;
  await expect(lease(flaky, session)).rejects.toThrow(Unavailable);
  expect(await statusOf(ctx, id ?? '')).toMatchObject({ status: 'running' });
  const again = await lease(flaky, session);
  expect(again.map((task) => task.ref)).toEqual([expect.objectContaining({ id, attempt: 1 })]);
  expect(await complete(ctx, again)).toEqual(['accepted']);
});

test('what expired before its first start is not leased any more', async () => {
  const [late] = await submit(ctx, 'load', 1, { expiresAt: new Date(Date.UTC(2020, 0)) });
  const [fine] = await submit(ctx, 'load');
  const leases = await lease(ctx, await connect(ctx, 'w'), 5);
  expect(leases.map((task) => task.ref.id)).toEqual([fine]);
  expect(await statusOf(ctx, late ?? '')).toMatchObject({ status: 'queued', attempt: 0 });
});

test('a command has its references resolved; one that leads nowhere fails the instance', async () => {
  const run = { bash: 'echo {{ not.read }}', env: { CITY: '{{ params.city }}', ID: '{{ run.id }}' } };
  await defineTasks(ctx, { name: 'sh', run, retries: 5 });
  const [good] = await submit(ctx, 'sh', 1, { paramsJson: '{"city":"Oslo"}' });
  const [bad] = await submit(ctx, 'sh');
  const leases = await lease(ctx, await connect(ctx, 'w', { handlers: ['@bash'] }), 5);
  expect(leases.map((task) => task.ref.id)).toEqual([good]);
  expect(JSON.parse(leases[0]?.runJson ?? '')).toEqual({ bash: run.bash, env: { CITY: 'Oslo', ID: good } });
  expect(await statusOf(ctx, bad ?? '')).toMatchObject({ status: 'failed', reason: 'INVALID_PARAMS', attempt: 1 });
});
