import { createTestDatabase, registerTask, type TestDatabase } from '@taskflow/testing';
import pg from 'pg';
import { SESSION_OPTIONS, openDb } from '../db.js';
import { FROM_THE_START, claimStatement } from './claim.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url, options: SESSION_OPTIONS });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Pages that a claim of ten looks at. */
async function pagesRead(): Promise<number> {
  await client.query('begin');
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
    `explain (analyze, buffers, format json) ${claimStatement.text}`,
    [
      [1],
      Array(10).fill('1'),
      '7',
      16,
      FROM_THE_START.rank,
      '0',
      ['1'],
      Array.from({ length: 10 }, (_, index) => index + 1),
    ],
  );
  await client.query('rollback');
  const plan = rows[0]?.['QUERY PLAN'][0].Plan ?? {};
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}

test('a claim does not look at the leases of its session that have ended since the last vacuum', async () => {
  const db = openDb({ url: database.url, applicationName: 'claim-test', maxConnections: 1 });
  const version = await registerTask(db, { name: 'work' });
  await db.close();
  for (const statement of [
    `insert into worker_sessions (worker, protocol, queues, tasks, handlers, slots, lease_until)
     values ('w', 1, '{default}', '{}', '{work}', 50, now() + interval '1 h')`,
    // Until the next vacuum they are all there.
    'alter table task_leases set (autovacuum_enabled = off)',
    `with made as (
       insert into task_records (task_name, version_id, lane_id, status, priority, run_at)
       select 'work', ${version}, 1, 'queued', 'normal', now() from generate_series(1, 100) returning id)
     insert into task_queue (lane_id, rank, id, attempt) select 1, id, id, 0 from made`,
    'analyze',
  ]) {
    await client.query(statement);
  }
  const before = await pagesRead();
  await client.query(
    `insert into task_leases (id, attempt, session_id, lane_id, flags)
     select i, 1, 1, 1, 0 from generate_series(1000, 50000) i`,
  );
  await client.query('delete from task_leases');
  expect(await pagesRead()).toBeLessThan(before + 50);
});
