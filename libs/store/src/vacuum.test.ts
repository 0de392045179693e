import { createTestDatabase, registerTask, sql, type TestDatabase } from '@taskflow/testing';
import { openDb, type Db } from './db.js';
import { FROM_THE_START, claim } from './lease/claim.js';
import { complete } from './lease/complete.js';
import { createListener } from './notify/listener.js';

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'test' });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

/** Rows of these are inserted, changed and deleted for each task or step. */
const HOT = [
  'limit_slots',
  'sla_watches',
  'task_blocked',
  'task_delayed',
  'task_expiries',
  'task_leases',
  'task_queue',
  'task_records',
  'unique_keys',
  'workflow_changes',
];

test('autovacuum keeps up with the hot tables: it starts after 2,000 rows or 1 %, and does not pause', async () => {
  const rows = await sql<{ name: string; options: string[] | null }>(
    db,
    'select relname as name, reloptions as options from pg_class where relname = any ($1) order by 1',
    [HOT],
  );
  const settings = [
    'autovacuum_vacuum_cost_delay=0',
    'autovacuum_vacuum_scale_factor=0.01',
    'autovacuum_vacuum_threshold=2000',
  ];
  const told = rows.map(({ name, options }) => [
    name,
    (options ?? []).filter((each) => each.startsWith('auto')).sort(),
  ]);
  expect(told).toEqual(HOT.map((name) => [name, settings]));
});

test('what work leaves behind can be vacuumed while services are connected, and its room is used again', async () => {
  const version = await registerTask(db, { name: 'load' });
  const [lane] = await sql<{ id: number }>(db, 'select id from lanes');
  const [session] = await sql<{ id: string }>(
    db,
    `insert into worker_sessions (worker, protocol, queues, tasks, handlers, slots, lease_until)
     values ('w', 1, '{default}', '{}', '{load}', 100, 'infinity') returning id`,
  );
  const listening = Promise.withResolvers<void>();
  const listener = createListener({
    url: database.url,
    channels: ['any'],
    onNotify: () => undefined,
    onState: () => listening.resolve(),
  });
  await listening.promise;

  const round = async (): Promise<void> => {
    await sql(
      db,
      `with r as (insert into task_records (task_name, version_id, lane_id, status, priority, run_at)
                  select 'load', $1, $2, 'queued', 'normal', now() from generate_series(1, 2000) returning id)
       insert into task_queue (lane_id, rank, id, attempt) select $2, extract(epoch from clock_timestamp()) * 1000, id, 0 from r`,
      [version, lane!.id],
    );
    for (let left = 2000; left > 0; left -= 500) {
      const sessionIds = Array.from({ length: 500 }, () => session!.id);
      const claimed = await claim(db, {
        laneIds: [lane!.id],
        sessionIds,
        claimId: '1',
        aheadFlag: 0,
        floor: FROM_THE_START,
      });
      const leases = claimed.map(({ id, attempt, lease_id: leaseId }) => ({ id, attempt, leaseId }));
      leases.sort((a, b) => Number(a.id) - Number(b.id));
      expect(await complete(db, leases)).toHaveLength(500);
    }
    await sql(db, 'vacuum task_queue, task_leases');
  };
  const sizes = async () =>
    (
      await sql<{ pages: number }>(
        db,
        `select (pg_table_size(oid) / 8192)::int as pages from pg_class where relname in ('task_queue', 'task_leases') order by relname`,
      )
    ).map(({ pages }) => pages);

  await round();
  await round();
  const before = await sizes();
  for (let more = 0; more < 4; more += 1) await round();
  const after = await sizes();
  for (const [index, pages] of after.entries()) expect(pages).toBeLessThanOrEqual(before[index]! * 1.2 + 2);
  await listener.close();
});
