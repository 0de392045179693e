import fc from 'fast-check';
import { parseSchedule } from './parse-schedule.js';
import { MAX_SLOTS_PER_PLAN, planDue, type DueInput, type DuePlan } from './plan-due.js';
import { slotsBetween } from './next-slot.js';
import { MISFIRES, OVERLAPS } from './schedule-spec.js';

const IDLE = { running: 0, paused: false, seed: 'task:load:0' };

function plan(schedule: unknown, from: string, to: string, input: Partial<DueInput> = {}): DuePlan {
  const spec = parseSchedule(schedule, 'schedule');
  return planDue(spec, { ...IDLE, highWater: new Date(from), now: new Date(to), ...input });
}

function tally(due: DuePlan): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of due.decisions) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

function firedAt(due: DuePlan): string[] {
  return due.decisions.flatMap(({ outcome, slot }) => (outcome === 'fired' ? [slot.toISOString().slice(11, 16)] : []));
}

describe('misfire: down for 3 hours on */5', () => {
  const [from, to] = ['2026-05-01T09:00:00Z', '2026-05-01T12:02:00Z'];

  test.each([
    ['none', 0],
    ['last', 1],
    ['all', 36],
  ])('%s runs exactly %i slots, and all 36 have a row', (misfire, fired) => {
    const due = plan({ cron: '*/5 * * * *', misfire }, from, to);
    expect(due.decisions).toHaveLength(36);
    expect(tally(due)).toEqual({ ...(fired > 0 && { fired }), ...(fired < 36 && { missed: 36 - fired }) });
    expect(due.highWater).toEqual(new Date(to));
    expect(due.nextAt).toEqual(new Date('2026-05-01T12:05:00Z'));
    expect(due.more).toBe(false);
  });

  test('last runs the newest and says of the others that a later one runs', () => {
    const due = plan({ cron: '*/5 * * * *', misfire: 'last' }, from, to);
    expect(firedAt(due)).toEqual(['12:00']);
    expect(due.decisions[0]?.reason).toBe('misfire_last: 2h57m late, a later slot runs');
    expect(due.decisions[35]?.reason).toBe('catch_up: 2m late, misfire last');
  });

  test.each([
    ['none', ['12:00']],
    ['last', ['12:00']],
  ])('%s runs a slot that is on time, and no late one beside it', (misfire, fired) => {
    const due = plan({ cron: '*/5 * * * *', misfire }, from, '2026-05-01T12:01:00Z');
    expect(firedAt(due)).toEqual(fired);
    expect(due.decisions.at(-1)?.reason).toBe('on_time');
  });

  test('max_catchup runs the newest late slots', () => {
    const due = plan({ cron: '*/5 * * * *', misfire: 'all', max_catchup: 3 }, from, to);
    expect(firedAt(due)).toEqual(['11:50', '11:55', '12:00']);
    expect(due.decisions[0]?.reason).toBe('max_catchup: 2h57m late, only the last 3 late slots run');
  });

  test('max_lateness drops what is older, also within the grace', () => {
    expect(firedAt(plan({ cron: '*/5 * * * *', misfire: 'all', max_lateness: '10m' }, from, to))).toEqual([
      '11:55',
      '12:00',
    ]);
    const strict = plan({ cron: '*/5 * * * *', misfire: 'none', max_lateness: '10s' }, from, '2026-05-01T12:00:30Z');
    expect(strict.decisions.at(-1)).toMatchObject({
      outcome: 'missed',
      reason: 'max_lateness: 30s late, at most 10s is allowed',
    });
  });
});

test('slots on time run one by one as they come', () => {
  const due = plan({ cron: '* * * * *' }, '2026-05-01T09:00:00Z', '2026-05-01T09:01:00.250Z');
  expect(due.decisions).toEqual([
    {
      slot: new Date('2026-05-01T09:01:00Z'),
      outcome: 'fired',
      reason: 'on_time',
      runAt: new Date('2026-05-01T09:01:00Z'),
    },
  ]);
  const again = planDue(parseSchedule('* * * * *', 'schedule'), {
    ...IDLE,
    highWater: due.highWater,
    now: due.highWater,
  });
  expect(again.decisions).toEqual([]);
});

test('a clock that goes back decides nothing and keeps the mark', () => {
  const due = plan('* * * * *', '2026-05-01T09:00:00Z', '2026-05-01T08:00:00Z');
  expect(due.decisions).toEqual([]);
  expect(due.highWater).toEqual(new Date('2026-05-01T09:00:00Z'));
});

test('paused, inactive and excluded slots each have their row', () => {
  const [from, to] = ['2026-12-24T00:30:00Z', '2026-12-25T01:30:00Z'];
  const schedule = { cron: '0 */12 * * *', misfire: 'all', exclude: ['2026-12-25'] };
  const outcomes = (input: Partial<DueInput>): string[] =>
    plan(schedule, from, to, input).decisions.map(({ outcome, reason }) => `${outcome} (${reason})`);
  expect(outcomes({})[1]).toBe('excluded (excluded: 2026-12-25)');
  expect(outcomes({ paused: true })).toEqual(['skipped_paused (paused)', 'excluded (excluded: 2026-12-25)']);
  expect(outcomes({ active: false, paused: true })[0]).toBe('skipped_inactive (inactive)');
});

test('misfire last runs the last slot that is not excluded', () => {
  const due = plan(
    { cron: '0 6 * * *', exclude: ['2026-12-25/2026-12-26'] },
    '2026-12-22T12:00:00Z',
    '2026-12-26T12:00:00Z',
  );
  expect(due.decisions.map(({ outcome }) => outcome)).toEqual(['missed', 'fired', 'excluded', 'excluded']);
});

describe('overlap', () => {
  const [from, to] = ['2026-05-01T09:00:00Z', '2026-05-01T09:16:00Z'];
  const three = (overlap: string, input: Partial<DueInput> = {}): DuePlan =>
    plan({ cron: '*/5 * * * *', misfire: 'all', overlap }, from, to, input);

  test('allow runs all beside each other', () => {
    expect(tally(three('allow', { running: 5 }))).toEqual({ fired: 3 });
  });

  test('skip runs one and skips what comes while it runs', () => {
    expect(three('skip').decisions.map(({ outcome }) => outcome)).toEqual([
      'fired',
      'skipped_overlap',
      'skipped_overlap',
    ]);
    expect(three('skip', { running: 1 }).decisions[0]?.reason).toBe('overlap: one run is not over');
  });

  test('buffer_one keeps one waiting, buffer_all each', () => {
    expect(tally(three('buffer_one', { running: 1 }))).toEqual({ buffered: 1, skipped_overlap: 2 });
    expect(tally(three('buffer_one', { running: 0, buffered: 1 }))).toEqual({ skipped_overlap: 3 });
    expect(tally(three('buffer_all', { running: 1 }))).toEqual({ buffered: 3 });
    expect(three('buffer_all').decisions.map(({ outcome }) => outcome)).toEqual(['fired', 'buffered', 'buffered']);
  });

  test('cancel_running runs the last slot and asks to cancel what runs', () => {
    const overlap = 'cancel_running';
    const due = three(overlap, { running: 1 });
    expect(due.decisions.map(({ outcome }) => outcome)).toEqual(['skipped_overlap', 'skipped_overlap', 'fired']);
    expect(due.interrupt).toBe('cancel');
    expect(three(overlap).interrupt).toBeUndefined();
    expect(three(overlap, { running: 1, paused: true }).interrupt).toBeUndefined();
  });
});

test('jitter puts off the run by a fixed part, and differs between schedules', () => {
  const schedule = { cron: '0 * * * *', jitter: '10m' };
  const runAt = (seed: string): number[] =>
    plan({ ...schedule, misfire: 'all' }, '2026-05-01T00:00:00Z', '2026-05-03T00:00:00Z', { seed }).decisions.map(
      (decision) => (decision.runAt?.getTime() ?? NaN) - decision.slot.getTime(),
    );
  const [one, again, other] = [runAt('a'), runAt('a'), runAt('b')];
  expect(one).toEqual(again);
  expect(one).not.toEqual(other);
  expect(Math.min(...one)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...one)).toBeLessThan(600_000);
  expect(new Set(one).size).toBeGreaterThan(40);
});

describe('an outage of more slots than one plan decides', () => {
  const from = new Date('2026-05-01T00:00:00Z');
  const now = new Date(from.getTime() + 25_000 * 1000 + 90_000);

  function runAll(schedule: object): { fired: Date[]; slots: number; plans: number } {
    const spec = parseSchedule(schedule, 'schedule');
    const fired: Date[] = [];
    let [highWater, slots, plans] = [from, 0, 0];
    for (let more = true; more; plans += 1) {
      const due = planDue(spec, { ...IDLE, highWater, now });
      expect(due.decisions.length).toBeLessThanOrEqual(MAX_SLOTS_PER_PLAN);
      fired.push(...due.decisions.flatMap(({ outcome, slot }) => (outcome === 'fired' ? [slot] : [])));
      slots += due.decisions.length;
      if (due.more) expect(due.nextAt?.getTime()).toBe(due.highWater.getTime() + 1000);
      ({ highWater, more } = due);
    }
    return { fired, slots, plans };
  }

  test('every slot is decided once, over several plans', () => {
    const end = new Date(from.getTime() + 25_000 * 1000).toISOString();
    const { slots, plans, fired } = runAll({ cron: '* * * * * *', end_date: end });
    expect([slots, plans]).toEqual([25_000, 3]);
    expect(fired).toEqual([new Date(end)]);
  });

  test('max_catchup holds over all of them together', () => {
    const end = new Date(from.getTime() + 20_050 * 1000).toISOString();
    const { fired } = runAll({ cron: '* * * * * *', end_date: end, misfire: 'all', max_catchup: 100 });
    expect(fired).toHaveLength(100);
    expect(fired[0]).toEqual(new Date(from.getTime() + 19_951 * 1000));
  });
});

test('every slot up to the mark has exactly one decision, in order, whatever the policies and the moments of planning', () => {
  const schedules = fc.record({
    cron: fc.constantFrom('*/7 * * * *', '0 * * * *', '30 1-3 * * *', '15 2 * * 1-5', '0 0 1 * *'),
    timezone: fc.constantFrom('UTC', 'America/New_York', 'Australia/Lord_Howe'),
    misfire: fc.constantFrom(...MISFIRES),
    overlap: fc.constantFrom(...OVERLAPS),
    max_catchup: fc.nat(20),
    max_lateness: fc.option(fc.constantFrom('5m', '6h'), { nil: undefined }),
    exclude: fc.constantFrom([], ['2026-03-08'], ['2026-03-01/2026-03-09']),
  });
  const pauses = fc.array(fc.integer({ min: 0, max: 12 * 3600 }), { minLength: 1, maxLength: 30 });
  const begin = new Date('2026-03-06T12:00:00Z');
  fc.assert(
    fc.property(schedules, pauses, fc.array(fc.nat(2), { minLength: 1 }), (schedule, seconds, runs) => {
      const spec = parseSchedule(schedule, 'schedule');
      const slots: Date[] = [];
      let highWater = begin;
      for (const [index, pause] of seconds.entries()) {
        const now = new Date(highWater.getTime() + pause * 1000);
        const due = planDue(spec, { ...IDLE, highWater, now, running: runs[index % runs.length] ?? 0 });
        slots.push(...due.decisions.map(({ slot }) => slot));
        for (const { outcome, slot, runAt } of due.decisions) {
          if (outcome === 'fired') expect(slot.getTime()).toBeLessThanOrEqual(now.getTime());
          expect(runAt !== undefined).toBe(outcome === 'fired' || outcome === 'buffered');
        }
        if (due.nextAt !== undefined) expect(due.nextAt.getTime()).toBeGreaterThan(now.getTime());
        highWater = due.highWater;
      }
      expect(slots).toEqual(slotsBetween(spec, begin, highWater, 100_000));
    }),
    { numRuns: 150 },
  );
});
