import { pagesRead } from '@taskflow/testing';
import pg from 'pg';
import { openContext, type TestContext } from '../test/open-context.js';
import { complete, connect, defineTasks, lease, submit } from '../test/worker-bench.js';

const FLOOD = 100_000;

let ctx: TestContext;
beforeAll(async () => {
  ctx = await openContext();
  const host = { type: 'object', properties: { host: { type: 'string' } } };
  await defineTasks(
    ctx,
    { name: 'fetch', run: { handler: 'load' }, params: host, limits: [{ key: 'host {{ params.host }}', max: 2 }] },
    { name: 'bulk', queue: 'bulk', run: { handler: 'load' } },
    { name: 'small', run: { handler: 'load' } },
  );
}, 30_000);
afterAll(() => ctx.close());

/** As many more of these as it takes: what a hundred submissions of a thousand would have left. */
async function flood(
  task: string,
  more: Parameters<typeof submit>[3],
  table: 'task_blocked' | 'task_queue',
): Promise<void> {
  const [model] = await submit(ctx, task, 1, more);
  const columns = table === 'task_blocked' ? 'limit_key, rank, id' : 'lane_id, rank, id, attempt, flags';
  const copied =
    table === 'task_blocked' ? 'm.limit_key, m.rank + n.i, r.id' : 'm.lane_id, m.rank + n.i, r.id, 0, m.flags';
  await ctx.sql(
    `with n as (select generate_series(1, ${FLOOD}) as i),
          r as (insert into task_records (task_name, version_id, lane_id, status, priority, run_at, params, limit_keys, limit_maxima, flags)
                select r.task_name, r.version_id, r.lane_id, r.status, r.priority, r.run_at, r.params, r.limit_keys, r.limit_maxima, r.flags
                  from task_records r cross join n where r.id = $1 returning id),
          numbered as (select id, row_number() over (order by id) as i from r)
     insert into ${table} (${columns})
     select ${copied} from numbered n join r on r.id = n.id cross join ${table} m where m.id = $1`,
    [model],
  );
}

/** Pages that the statements of this work read, by name; each is run twice, the first time to count. */
async function pagesOf(work: (counted: TestContext) => Promise<unknown>, names: readonly string[]): Promise<number> {
  const client = new pg.Client({ connectionString: ctx.url, options: '-c enable_seqscan=off' });
  await client.connect();
  let pages = 0;
  const counting: TestContext['db']['query'] = async (statement, values) => {
    if (names.includes(statement.name)) {
      await client.query('begin');
      pages += await pagesRead(client, statement, [...(values ?? [])]);
      await client.query('rollback');
    }
    return ctx.db.query(statement, values);
  };
  await work({ ...ctx, db: { ...ctx.db, query: counting } });
  await client.end();
  return pages;
}

test('100,000 wait for one key: one of another key is ready at once and the next to run', async () => {
  const session = await connect(ctx, 'w');
  await submit(ctx, 'fetch', 2, { paramsJson: '{"host":"a"}' });
  const running = await lease(ctx, session, 10);
  expect(running).toHaveLength(2);
  await flood('fetch', { paramsJson: '{"host":"a"}' }, 'task_blocked');

  const [other] = await submit(ctx, 'fetch', 1, { paramsJson: '{"host":"b"}' });
  const leased: string[] = [];
  const pages = await pagesOf(
    async (counted) => leased.push(...(await lease(counted, session, 10)).map(({ ref }) => ref.id)),
    ['lease_claim'],
  );
  expect(leased).toEqual([other]);
  expect(pages).toBeLessThan(60);

  // And the flood goes on in its own order, at a cost that does not depend on its length.
  expect(await complete(ctx, running)).toEqual(['accepted', 'accepted']);
  const [{ n } = { n: 0 }] = await ctx.sql<{ n: number }>('select count(*)::int as n from task_queue');
  expect(n).toBe(2);
});

test('100,000 are ready in one queue: one in another is the next of a worker that serves it', async () => {
  await flood('bulk', { queue: 'bulk' }, 'task_queue');
  const [small] = await submit(ctx, 'small');
  const session = await connect(ctx, 'small only', { queues: ['default'], tasks: ['small'] });
  const leased: string[] = [];
  const pages = await pagesOf(
    async (counted) => leased.push(...(await lease(counted, session, 10)).map(({ ref }) => ref.id)),
    ['lease_claim'],
  );
  expect(leased).toEqual([small]);
  expect(pages).toBeLessThan(60);
});

test('100,000 are ready before it: one of a higher priority is the next of a worker that serves both', async () => {
  const [urgent] = await submit(ctx, 'small', 1, { priority: 'high' });
  const session = await connect(ctx, 'both', { queues: ['default', 'bulk'] });
  expect((await lease(ctx, session, 1)).map(({ ref }) => ref.id)).toEqual([urgent]);
});
