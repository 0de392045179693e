import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { elect, ensureSeat, openDb, SCHEDULER_SEAT, type Db } from '@taskflow/store';
import { createTestDatabase, endNodes, sql, type TestDatabase } from '@taskflow/testing';
import type { SchedulerCtx } from '../context.js';
import { applyDefinitions } from '../definition/apply-definitions.js';
import { setTaskActive } from '../definition/set-active.js';
import { checkPromises } from '../sla/check-promises.js';
import { silentWake } from '../wake.js';
import { advanceWorkflows } from '../workflow/advance-workflows.js';
import { createRunMemory } from '../workflow/run-memory.js';
import { startWorkflows } from '../workflow/start-workflows.js';
import { fireBuffered } from './fire-buffered.js';
import { fireDue } from './fire-due.js';
import { getSchedule, listSchedules, listScheduleSlots, previewSchedule } from './read-schedules.js';
import { setSchedulePaused } from './set-schedule-paused.js';

let database: TestDatabase;
let db: Db;
let ctx: SchedulerCtx;
let name: string;
let names = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'fire-due-test' });
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
beforeEach(async () => {
  name = `t${String((names += 1))}`;
  await sql(db, 'update schedules set active = false');
});

const at = (time: string): Date => new Date(`2026-03-02T${time}Z`);

/** Registers a task with a schedule of which everything up to 12:00 is decided. */
async function scheduled(schedule: object | string, more: object = {}): Promise<string> {
  await applyDefinitions(ctx, { definitions: [{ kind: 'task', spec: { name, schedule, ...more } }] });
  return rewind('task');
}

async function rewind(kind: string, to = at('12:00:00')): Promise<string> {
  const [row] = await sql<{ id: string }>(
    db,
    `update schedules set high_water = $3, next_at = $3 where kind = $1 and target_name = $2 returning id`,
    [kind, name, to],
  );
  return row?.id ?? '';
}

const slots = async (id: string): Promise<[string, string][]> => {
  const { items } = await listScheduleSlots(ctx, { id, pageSize: 1000 });
  return items.map((slot): [string, string] => [slot.slot.toISOString().slice(11, 16), slot.outcome]).reverse();
};
const count = async (): Promise<number> =>
  (await sql(db, 'select from task_records where task_name = $1', [name])).length;
const endAll = (): Promise<unknown> =>
  sql(
    db,
    `with q as (delete from task_queue q using task_records r where q.id = r.id and r.task_name = $1 returning q.id)
     update task_records r set status = 'success', finished_at = now() from q where r.id = q.id`,
    [name],
  );

/** As if no scheduler had been there for so many seconds. */
const away = (id: string, seconds: number): Promise<unknown> =>
  sql(
    db,
    `update schedules set high_water = now() - $2 * interval '1 s', next_at = now() - $2 * interval '1 s' where id = $1`,
    [id, seconds],
  );

describe('schedules', () => {
  it('makes one instance per slot with the defaults as params, due at the slot, in a trace of its own', async () => {
    const params = { type: 'object', properties: { size: { type: 'integer', default: 7 } } };
    const id = await scheduled({ cron: '*/5 * * * *', misfire: 'all' }, { params, default_priority: 'high' });
    await fireDue(ctx, { now: at('12:10:01') });
    expect(await slots(id)).toEqual([
      ['12:05', 'fired'],
      ['12:10', 'fired'],
    ]);
    const rows = await sql<Record<string, unknown>>(
      db,
      `select params, priority, scheduled_for, run_at, schedule_id, trace_parent from task_records where task_name = $1 order by id`,
      [name],
    );
    expect(rows[0]).toMatchObject({
      params: { size: 7 },
      priority: 'high',
      scheduled_for: at('12:05:00'),
      run_at: at('12:05:00'),
      schedule_id: id,
    });
    expect(rows[0]?.['trace_parent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    expect(rows[0]?.['trace_parent']).not.toEqual(rows[1]?.['trace_parent']);
    const { items } = await listScheduleSlots(ctx, { id });
    expect(items[0]?.taskInstanceId).toBeDefined();
  });

  it.each([
    ['none', 0],
    ['last', 1],
    ['all', 36],
  ])(
    'O9: down for three hours at */5, misfire %s runs %i and leaves a row for every slot',
    async (misfire, expected) => {
      const id = await scheduled({ cron: '*/5 * * * *', misfire });
      await fireDue(ctx, { now: at('15:03:00') });
      expect(await count()).toBe(expected);
      expect(await slots(id)).toHaveLength(36);
      await fireDue(ctx, { now: at('15:03:00') });
      expect(await count()).toBe(expected);
    },
  );

  it('O10: a slot fires once when two transactions race, one is cut off, or the mark is set back', async () => {
    const id = await scheduled('*/5 * * * *');
    const cut: SchedulerCtx = {
      ...ctx,
      db: {
        ...db,
        tx: (work) =>
          db.tx(async (q) => {
            await work(q);
            await sql(q, 'select pg_terminate_backend(pg_backend_pid())');
            throw new Error('cut off');
          }),
      },
    };
    await expect(fireDue(cut, { now: at('12:05:01') })).rejects.toThrow();
    expect(await slots(id)).toEqual([]);
    await Promise.all([1, 2, 3, 4].map(() => fireDue(ctx, { now: at('12:05:01') })));
    await rewind('task');
    await fireDue(ctx, { now: at('12:05:02') });
    expect(await slots(id)).toEqual([['12:05', 'fired']]);
    expect(await count()).toBe(1);
  });

  it('O10: writes nothing under an old term', async () => {
    const id = await scheduled('*/5 * * * *');
    await expect(fireDue({ ...ctx, term: '0' }, { now: at('12:05:01') })).rejects.toMatchObject({
      reason: 'NOT_LEADER',
    });
    expect(await slots(id)).toEqual([]);
  });

  it('O8: an edit holds at once, and no occurrence of the old schedule fires', async () => {
    const id = await scheduled('*/5 * * * *');
    await sql(db, 'update schedules set high_water = now() where id = $1', [id]);
    await applyDefinitions(ctx, { definitions: [{ kind: 'task', spec: { name, schedule: '30 * * * *' } }] });
    await rewind('task', at('12:20:00'));
    await fireDue(ctx, { now: at('12:31:00') });
    expect(await slots(id)).toEqual([['12:30', 'fired']]);
  });

  it('O9: what was due before an edit, and not decided yet, is decided by the old schedule in its old version', async () => {
    const id = await scheduled({ every: '1s', misfire: 'all' }, { title: 'old' });
    await away(id, 5);
    await applyDefinitions(ctx, {
      definitions: [{ kind: 'task', spec: { name, schedule: '0 0 1 1 *', title: 'new' } }],
    });
    const [edited] = await sql<{ at: Date }>(db, 'select high_water as at from schedules where id = $1', [id]);
    const rows = await sql<{ title: string; scheduled_for: Date }>(
      db,
      `select v.spec ->> 'title' as title, r.scheduled_for from task_records r join definition_versions v on v.id = r.version_id
        where task_name = $1 order by r.id`,
      [name],
    );
    expect(rows.length).toBeGreaterThanOrEqual(5);
    expect(await slots(id)).toHaveLength(rows.length);
    expect(new Set(rows.map((row) => row.title))).toEqual(new Set(['old']));
    for (const row of rows) expect(row.scheduled_for.getTime()).toBeLessThanOrEqual(edited?.at.getTime() ?? 0);
    await fireDue(ctx);
    expect(await slots(id)).toHaveLength(rows.length);
  });

  it('O9: a schedule that is removed leaves a row for every slot until then, and what it buffered does not run', async () => {
    const id = await scheduled({ every: '1s', misfire: 'all', overlap: 'buffer_all' });
    await away(id, 5);
    await applyDefinitions(ctx, { definitions: [{ kind: 'task', spec: { name } }] });
    const outcomes = (await slots(id)).map(([, outcome]) => outcome);
    expect(outcomes.length).toBeGreaterThanOrEqual(5);
    expect(outcomes).toEqual(['fired', ...outcomes.slice(1).map(() => 'missed')]);
    await endAll();
    expect(await fireBuffered(ctx)).toBe(0);
    expect(await count()).toBe(1);
  });

  it('skips the slots of an inactive target, of a pause, and of excluded days, each with its row', async () => {
    const id = await scheduled({ cron: '*/5 * * * *', misfire: 'all' });
    await setTaskActive(ctx, { name, active: false });
    await fireDue(ctx, { now: at('12:05:01') });
    await setTaskActive(ctx, { name, active: true });
    await sql(db, 'update schedules set paused_at = $2 where id = $1', [id, at('12:12:00')]);
    await fireDue(ctx, { now: at('12:15:01') });
    expect(await slots(id)).toEqual([
      ['12:05', 'skipped_inactive'],
      ['12:10', 'fired'],
      ['12:15', 'skipped_paused'],
    ]);
  });

  it('O9: pauses and resumes with a row for every slot, though no scheduler is there', async () => {
    const id = await scheduled({ every: '1s', misfire: 'all' });
    await away(id, 4);
    const paused = await setSchedulePaused(ctx, { id, paused: true });
    expect(paused.pausedAt).toBeInstanceOf(Date);
    const before = await count();
    expect(before).toBeGreaterThanOrEqual(4);
    await sql(
      db,
      `with back as (update schedule_slots set slot = slot - interval '1 h' where schedule_id = $1)
       update schedules set paused_at = paused_at - interval '3 s', high_water = high_water - interval '5 s' where id = $1`,
      [id],
    );
    const resumed = await setSchedulePaused(ctx, { id, paused: false });
    expect(resumed.pausedAt).toBeUndefined();
    const { items } = await listScheduleSlots(ctx, { id });
    const passed = items.filter(({ slot }) => slot.getTime() > resumed.highWater.getTime() - 60_000);
    const outcomes = passed.map((slot) => slot.outcome).reverse();
    expect(outcomes.indexOf('skipped_paused')).toBe((await count()) - before);
    expect(outcomes.filter((outcome) => outcome === 'fired').length).toBeGreaterThanOrEqual(1);
    expect(outcomes.filter((outcome) => outcome === 'skipped_paused').length).toBeGreaterThanOrEqual(3);
    expect(resumed.nextAt?.getTime()).toBeGreaterThan(resumed.highWater.getTime());
    await expect(setSchedulePaused(ctx, { id: '999999', paused: true })).rejects.toMatchObject({ kind: 'NotFound' });
  });

  it('overlap skip: none beside one that is not over', async () => {
    const id = await scheduled({ cron: '*/5 * * * *', overlap: 'skip' });
    await fireDue(ctx, { now: at('12:05:01') });
    await fireDue(ctx, { now: at('12:10:01') });
    await endAll();
    await fireDue(ctx, { now: at('12:15:01') });
    expect(await slots(id)).toEqual([
      ['12:05', 'fired'],
      ['12:10', 'skipped_overlap'],
      ['12:15', 'fired'],
    ]);
  });

  it('overlap buffer_one: keeps one slot back and fires it when the run before it is over', async () => {
    const id = await scheduled({ cron: '*/5 * * * *', overlap: 'buffer_one' });
    for (const time of ['12:05:01', '12:10:01', '12:15:01']) await fireDue(ctx, { now: at(time) });
    expect(await fireBuffered(ctx)).toBe(0);
    await endAll();
    expect(await fireBuffered(ctx)).toBe(1);
    expect(await fireBuffered(ctx)).toBe(0);
    expect(await slots(id)).toEqual([
      ['12:05', 'fired'],
      ['12:10', 'fired'],
      ['12:15', 'skipped_overlap'],
    ]);
    expect(await count()).toBe(2);
  });

  it('overlap buffer_all: runs every slot, one after the other', async () => {
    const id = await scheduled({ cron: '*/5 * * * *', overlap: 'buffer_all' });
    for (const time of ['12:05:01', '12:10:01', '12:15:01']) await fireDue(ctx, { now: at(time) });
    expect((await slots(id)).map(([, outcome]) => outcome)).toEqual(['fired', 'buffered', 'buffered']);
    for (let run = 0; run < 2; run += 1) {
      await endAll();
      expect(await fireBuffered(ctx)).toBe(1);
    }
    expect(await count()).toBe(3);
  });

  it('overlap cancel_running: the new run takes the place of the old one', async () => {
    await scheduled({ cron: '*/5 * * * *', overlap: 'cancel_running' });
    await fireDue(ctx, { now: at('12:05:01') });
    await fireDue(ctx, { now: at('12:10:01') });
    const rows = await sql(db, 'select status, message from task_records where task_name = $1 order by id', [name]);
    expect(rows).toEqual([
      { status: 'cancelled', message: 'replaced by the next run of its schedule' },
      { status: 'queued', message: null },
    ]);
  });

  it('runs Workflows too, and an overlap policy looks at their runs', async () => {
    const spec = { name, schedule: { cron: '*/5 * * * *', overlap: 'skip' }, tasks: [{ key: 'a', handler: 'noop' }] };
    await applyDefinitions(ctx, { definitions: [{ kind: 'workflow', spec }] });
    const id = await rewind('workflow');
    const memory = createRunMemory();
    await fireDue(ctx, { now: at('12:05:01') });
    await startWorkflows(ctx, { memory });
    await fireDue(ctx, { now: at('12:10:01') });
    const [run] = await sql<{ id: string }>(db, 'select id from workflow_instances where workflow_name = $1', [name]);
    await endNodes(db, run?.id ?? '', ['a']);
    await advanceWorkflows(ctx, { memory });
    await fireDue(ctx, { now: at('12:15:01') });
    expect((await slots(id)).map(([, outcome]) => outcome)).toEqual(['fired', 'skipped_overlap', 'fired']);
  });

  it('keeps to start_date and end_date', async () => {
    const id = await scheduled({
      cron: '*/5 * * * *',
      misfire: 'all',
      start_date: '2026-03-02T12:10:00Z',
      end_date: '2026-03-02T12:15:00Z',
    });
    await fireDue(ctx, { now: at('12:31:00') });
    expect((await slots(id)).map(([time]) => time)).toEqual(['12:10', '12:15']);
    expect((await getSchedule(ctx, { id })).nextAt).toBeUndefined();
  });

  it('says in the slot why params without a default keep it from running', async () => {
    const params = { type: 'object', required: ['day'], properties: { day: { type: 'string' } } };
    const id = await scheduled('*/5 * * * *');
    await sql(db, `update definition_versions set spec = jsonb_set(spec, '{params}', $2) where name = $1`, [
      name,
      JSON.stringify(params),
    ]);
    await fireDue(ctx, { now: at('12:05:01') });
    const { items } = await listScheduleSlots(ctx, { id });
    expect(items[0]).toMatchObject({ outcome: 'missed', reason: expect.stringContaining('params.day') });
  });

  it('says so too when a limit’s key refers to a param that has no default, and other schedules go on', async () => {
    const id = await scheduled('*/5 * * * *', { limits: [{ key: 'customer-{{ params.customer }}', max: 1 }] });
    const first = name;
    name = `${name}b`;
    const other = await scheduled('*/5 * * * *');
    await fireDue(ctx, { now: at('12:05:01') });
    const { items } = await listScheduleSlots(ctx, { id });
    expect(items[0]).toMatchObject({ outcome: 'missed', reason: expect.stringContaining('params.customer') });
    expect(await slots(other)).toEqual([['12:05', 'fired']]);
    name = first;
  });

  it('sets deadlines from the slot: finish_within, start_within and the time of day in the schedule’s zone', async () => {
    const schedule = { cron: '*/5 * * * *', timezone: 'America/New_York' };
    await scheduled(schedule, { sla: { start_within: '1m', finish_within: '30m', expected_by: '07:20' } });
    await fireDue(ctx, { now: at('12:05:01') });
    const [row] = await sql(db, 'select start_by, finish_by from task_records where task_name = $1', [name]);
    expect(row).toEqual({ start_by: at('12:06:00'), finish_by: at('12:20:00') });
    await checkPromises(ctx, { now: at('12:20:01') });
    const missed = await sql(
      db,
      `select e.reason, (e.detail ->> 'due_at')::timestamptz as due_at from task_events e join task_records r on r.id = e.task_instance_id
        where r.task_name = $1 and e.type = 'sla_missed' order by e.id`,
      [name],
    );
    expect(missed).toEqual([
      { reason: 'NOT_STARTED_IN_TIME', due_at: at('12:06:00') },
      { reason: 'NOT_FINISHED_IN_TIME', due_at: at('12:20:00') },
    ]);
  });

  it('lists, describes and previews', async () => {
    const id = await scheduled({ cron: '30 6 * * *', timezone: 'Europe/Berlin' });
    expect((await listSchedules(ctx, { target: name })).items.map((schedule) => schedule.id)).toEqual([id]);
    const preview = await previewSchedule(ctx, { id, count: 2, after: at('12:00:00') });
    expect(preview.slots.map((slot) => slot.toISOString())).toEqual([
      '2026-03-03T05:30:00.000Z',
      '2026-03-04T05:30:00.000Z',
    ]);
    expect(preview.timezone).toBe('Europe/Berlin');
    await expect(previewSchedule(ctx, { spec: 'not a cron' })).rejects.toMatchObject({ kind: 'InvalidInput' });
    await expect(previewSchedule(ctx, { spec: '* * * * *', count: 5000 })).rejects.toThrow(/1 to 1000/);
  });
});
