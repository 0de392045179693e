import { trace } from '@opentelemetry/api';
import { parseSchedule, systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { elect, ensureSeat, openDb, SCHEDULER_SEAT, type Db } from '@taskflow/store';
import { createTestDatabase, registerTask, sql, type TestDatabase } from '@taskflow/testing';
import type { SchedulerCtx } from '../context.js';
import { silentWake } from '../wake.js';
import { fireDue } from './fire-due.js';

const SCHEDULES = 8;
const MINUTES = 60;
const FROM = Date.parse('2026-03-02T12:00:00Z');

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'fire-chaos-test', maxConnections: 6 });
  await ensureSeat(db, SCHEDULER_SEAT);
  await registerTask(db, { name: 'tick' });
  const spec = JSON.stringify(parseSchedule({ cron: '* * * * *', misfire: 'all' }, 'schedule'));
  await sql(
    db,
    `insert into schedules (kind, target_name, ordinal, spec, high_water, next_at)
     select 'task', 'tick', i, $1, $2, $2 from generate_series(1, $3::integer) i`,
    [spec, new Date(FROM), SCHEDULES],
  );
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

/** Numbers from 0 to below 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

it('O10: three schedulers, killed, stopped and with clocks half a minute apart, miss no slot and fire none twice', async () => {
  const random = randomFrom(20_261_124);
  const terms = ['0', '0', '0'];
  const skews = [-30_000, 0, 30_000];
  const tracer = trace.getTracer('test');
  const signal = new AbortController().signal;

  const contextOf = (index: number, dies: boolean): SchedulerCtx => {
    const tx: Db['tx'] = (work) =>
      db.tx(async (q) => {
        const result = await work(q);
        if (dies) await sql(q, 'select pg_terminate_backend(pg_backend_pid())');
        return result;
      });
    const term = terms[index] ?? '0';
    return {
      db: { ...db, tx },
      clock: systemClock,
      logger: silentLogger(),
      tracer,
      wake: silentWake,
      actor: 'test',
      signal,
      term,
    };
  };
  const campaign = async (index: number): Promise<void> => {
    await sql(db, `update leadership set lease_until = '-infinity'`);
    terms[index] =
      (await elect(db, { name: SCHEDULER_SEAT, holder: `s${index}`, leaseMs: 60_000 })) ?? terms[index] ?? '0';
  };

  let refused = 0;
  await campaign(1);
  for (let minute = 1; minute <= MINUTES; minute += 1) {
    // Each of them believes that it leads: only the one that was elected last writes.
    const turns = terms.map(async (_, index) => {
      if (random() < 0.2) await campaign(index);
      const now = new Date(FROM + minute * 60_000 + (skews[index] ?? 0));
      await fireDue(contextOf(index, random() < 0.3), { now, limit: 3 }).catch(() => (refused += 1));
    });
    await Promise.all(turns);
  }
  await campaign(0);
  const end = new Date(FROM + (MINUTES + 1) * 60_000);
  while ((await fireDue(contextOf(0, false), { now: end })).schedules > 0);

  expect(refused).toBeGreaterThan(10);
  const slots = await sql(
    db,
    `select schedule_id, count(*)::integer as slots, count(distinct task_instance_id)::integer as instances,
            count(*) filter (where outcome = 'fired')::integer as fired
       from schedule_slots group by 1 order by 1`,
  );
  const expected = MINUTES + 1;
  expect(slots).toHaveLength(SCHEDULES);
  for (const schedule of slots)
    expect(schedule).toMatchObject({ slots: expected, instances: expected, fired: expected });
  const [made] = await sql(db, `select count(*)::integer as instances from task_records`);
  expect(made).toEqual({ instances: SCHEDULES * expected });
});
