import { trace } from '@opentelemetry/api';
import { parseSchedule, systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { elect, ensureSeat, openDb, SCHEDULER_SEAT, type Db } from '@taskflow/store';
import { counted, createTestDatabase, registerTask, sql, type TestDatabase } from '@taskflow/testing';
import type { SchedulerCtx } from '../context.js';
import { silentWake } from '../wake.js';
import { fireDue } from './fire-due.js';

let database: TestDatabase;
let db: Db;
let ctx: SchedulerCtx;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'fire-speed-test' });
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

it('inserts the instances of 10,000 schedules that are due in one minute in few statements, each once', async () => {
  await registerTask(db, { name: 'minutely' });
  const spec = JSON.stringify(parseSchedule({ cron: '0 * * * *', timezone: 'America/New_York' }, 'schedule'));
  await sql(
    db,
    `insert into schedules (kind, target_name, ordinal, spec, high_water, next_at)
     select 'task', 'minutely', i, $1, '2026-03-02T12:30:00Z', '2026-03-02T13:00:00Z' from generate_series(1, 10000) i`,
    [spec],
  );
  await sql(db, 'analyze schedules');
  const now = new Date('2026-03-02T13:00:00.5Z');
  const { db: watched, statements } = counted(db);
  while ((await fireDue({ ...ctx, db: watched }, { now })).schedules > 0);
  const [counts] = await sql(
    db,
    `select count(*)::integer as slots, count(task_instance_id)::integer as linked, count(distinct task_instance_id)::integer as instances,
            (select count(*)::integer from task_queue) as queued from schedule_slots where outcome = 'fired'`,
  );
  expect(counts).toEqual({ slots: 10_000, linked: 10_000, instances: 10_000, queued: 10_000 });
  expect(statements()).toBeLessThan(150);
}, 60_000);
