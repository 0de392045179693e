import pg from 'pg';
import { openContext, type TestContext } from '../test/open-context.js';
import { connect, defineTasks, elected, lease, silence, statusOf, submit } from '../test/worker-bench.js';
import { expireLeases } from './expire-leases.js';

let ctx: TestContext;
let foreign: pg.Client;
beforeEach(async () => {
  ctx = await openContext();
  await defineTasks(ctx, { name: 'load' });
  foreign = new pg.Client({ connectionString: ctx.url });
  await foreign.connect();
});
afterEach(async () => {
  await foreign.end();
  await ctx.close();
});

test.each(['task_records', 'task_leases'])(
  'a row of %s that somebody holds locked holds up no other of a dead worker',
  async (table) => {
    const [held = '', ...others] = await submit(ctx, 'load', 4);
    const session = await connect(ctx, 'w', { slots: 3 });
    await lease(ctx, session, 4);
    await silence(ctx, session.sessionId);
    await foreign.query('begin');
    await foreign.query(`select from ${table} where id = $1 for update`, [held]);

    const scheduler = await elected(ctx);
    expect(await expireLeases(scheduler)).toEqual({ sessions: 0, attempts: 2, more: false });
    expect(await expireLeases(scheduler)).toEqual({ sessions: 0, attempts: 0, more: false });
    const statuses = await Promise.all(others.map(async (id) => (await statusOf(ctx, id))['status']));
    expect(statuses).toEqual(['retry', 'retry', 'queued']);
    expect(await statusOf(ctx, held)).toMatchObject({ status: 'running', losses: 0 });

    await foreign.query('rollback');
    expect(await expireLeases(scheduler)).toEqual({ sessions: 1, attempts: 1, more: false });
    expect(await statusOf(ctx, held)).toMatchObject({ status: 'retry', losses: 1 });
  },
);
