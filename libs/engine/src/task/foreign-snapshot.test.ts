import { systemClock } from '@taskflow/domain';
import { pagesRead } from '@taskflow/testing';
import pg from 'pg';
import { openContext, type TestContext } from '../test/open-context.js';
import { complete, connect, defineTasks, lease, submit } from '../test/worker-bench.js';

let ctx: TestContext;
let foreign: pg.Client;
let nowMs: number;
/** How long a claim seems to take. */
let claimMs: number;
let pages: number[];

beforeEach(async () => {
  nowMs = 0;
  claimMs = 0;
  pages = [];
  const opened = await openContext({ clock: { ...systemClock, monotonicMs: () => nowMs } });
  const { db } = opened;
  foreign = new pg.Client({ connectionString: opened.url, options: '-c enable_seqscan=off' });
  await foreign.connect();
  const query: typeof db.query = async (statement, values) => {
    if (statement.name === 'lease_claim') {
      nowMs += claimMs;
      const probe = new pg.Client({ connectionString: opened.url, options: '-c enable_seqscan=off' });
      await probe.connect();
      await probe.query('begin');
      const [laneIds, sessionIds, ...rest] = values ?? [];
      // For a few, so that what is written does not hide what is read.
      const few = String(sessionIds).slice(1, -1).split(',').slice(0, 5);
      pages.push(await pagesRead(probe, statement, [laneIds, few, ...rest]));
      await probe.end();
    }
    return db.query(statement, values);
  };
  ctx = { ...opened, db: { ...db, query } };
  await defineTasks(ctx, { name: 'load' });
  // Somebody's report, which reads for as long as it takes.
  await foreign.query('begin isolation level repeatable read; select from task_queue');
});
afterEach(async () => {
  await foreign.end();
  await ctx.close();
});

const TICK = 500;

/** Claims and ends this many, as ticks of a busy api do. */
async function drain(session: Awaited<ReturnType<typeof connect>>, ticks: number): Promise<void> {
  for (let tick = 0; tick < ticks; tick += 1) await complete(ctx, await lease(ctx, session, TICK));
}

test('a long transaction of somebody else’s does not make claims walk over all that was claimed since', async () => {
  const session = await connect(ctx, 'w', { slots: TICK });
  await submit(ctx, 'load', 9000);
  await drain(session, 1);
  const [fresh = 0] = pages;
  await drain(session, 15);
  const walked = pages.at(-1) ?? 0;
  // Without a floor: each claim reads what all before it have left.
  expect(walked).toBeGreaterThan(fresh + 50);
  claimMs = 30;
  await drain(session, 1);
  pages = [];
  claimMs = 1;
  await drain(session, 1);
  expect(pages).toHaveLength(1);
  expect(pages[0]).toBeLessThan(fresh + 20);
});

test('something of a better rank waits no longer than the rest of a slow look', async () => {
  const session = await connect(ctx, 'w', { slots: TICK });
  await submit(ctx, 'load', 3 * TICK);
  claimMs = 30;
  await drain(session, 1);
  claimMs = 1;
  const [urgent] = await submit(ctx, 'load', 1, { priority: 'critical' });
  expect((await lease(ctx, session, 10)).map(({ ref }) => ref.id)).not.toContain(urgent);
  nowMs += 4 * 30;
  expect((await lease(ctx, session, 10)).map(({ ref }) => ref.id)).toContain(urgent);
});

test('where there is less than was asked for, the whole queue has been looked at', async () => {
  const session = await connect(ctx, 'w', { slots: TICK });
  await submit(ctx, 'load', TICK + 3);
  claimMs = 30;
  await drain(session, 1);
  claimMs = 1;
  const [urgent] = await submit(ctx, 'load', 1, { priority: 'critical' });
  const leases = await lease(ctx, session, 10);
  expect(leases).toHaveLength(4);
  expect(leases.map(({ ref }) => ref.id)).toContain(urgent);
});
