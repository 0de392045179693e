import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { elect, ensureSeat, openDb, SCHEDULER_SEAT, type Db } from '@taskflow/store';
import { createTestDatabase, sql, type TestDatabase } from '@taskflow/testing';
import type { SchedulerCtx } from '../context.js';
import { silentWake } from '../wake.js';
import { purge } from './purge.js';

let database: TestDatabase;
let db: Db;
let ctx: SchedulerCtx;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'purge-test' });
  await ensureSeat(db, SCHEDULER_SEAT);
  const term = (await elect(db, { name: SCHEDULER_SEAT, holder: 'test', leaseMs: 600_000 })) ?? '';
  const signal = new AbortController().signal;
  const tracer = trace.getTracer('test');
  ctx = { db, clock: systemClock, logger: silentLogger(), tracer, wake: silentWake, actor: 'test', signal, term };
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const names = async (text: string): Promise<string[]> =>
  (await sql<{ name: string }>(db, `select ${text} order by 1`)).map((row) => row.name);

it('forgets old answers and sessions closed long ago, page by page, and nothing else', async () => {
  await sql(
    db,
    `insert into submissions (request_id, results, created_at)
     select 'old' || i, '[]'::jsonb, now() - interval '25 hours' from generate_series(1, 5) i
     union all select 'new', '[]', now() - interval '23 hours'`,
  );
  await sql(
    db,
    `insert into worker_sessions (worker, protocol, queues, tasks, handlers, slots, lease_until, connected_at, closed_at)
     values ('gone', 1, '{}', '{}', '{}', 1, now() - interval '8 days', now() - interval '30 days', now() - interval '8 days'),
            ('left', 1, '{}', '{}', '{}', 1, now() - interval '6 days', now() - interval '30 days', now() - interval '6 days'),
            ('here', 1, '{}', '{}', '{}', 1, now() + interval '15 s', now() - interval '30 days', null)`,
  );
  expect(await purge(ctx, { limit: 3 })).toBe(true);
  expect(await purge(ctx, { limit: 3 })).toBe(false);
  expect(await names('request_id as name from submissions')).toEqual(['new']);
  expect(await names('worker as name from worker_sessions')).toEqual(['here', 'left']);
  await expect(purge({ ...ctx, term: '0' })).rejects.toMatchObject({ reason: 'NOT_LEADER' });
});
