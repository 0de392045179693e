import fc from 'fast-check';
import { nextRunnableSlot } from './exclusion.js';
import { nextSlot, slotsBetween } from './next-slot.js';
import { parseSchedule } from './parse-schedule.js';
import { DST_GAPS, DST_OVERLAPS } from './schedule-spec.js';

function days(cron: string, from: string, count: number): string[] {
  const spec = parseSchedule(cron, 'schedule');
  return slotsBetween(spec, new Date(`${from}T00:00:00Z`), new Date('2100-01-01T00:00:00Z'), count).map((slot) =>
    slot.toISOString().slice(0, 10),
  );
}

describe('days', () => {
  test.each([
    ['0 6 L * *', ['2026-01-31', '2026-02-28', '2026-03-31']],
    ['0 6 L-3 * *', ['2026-01-28', '2026-02-25', '2026-03-28']],
    // the last day of January and February 2026 is a Saturday
    ['0 6 LW * *', ['2026-01-30', '2026-02-27', '2026-03-31']],
    // 15 February and 15 March are Sundays, 15 January a Thursday
    ['0 6 15W * *', ['2026-01-15', '2026-02-16', '2026-03-16']],
    // 1 February and 1 March are Sundays, 1 August a Saturday: never into the month before
    ['0 6 1W 2,3,8 *', ['2026-02-02', '2026-03-02', '2026-08-03']],
    ['0 6 31W 1,5 *', ['2026-01-30', '2026-05-29', '2027-01-29']],
    ['0 6 * * 5#2', ['2026-01-09', '2026-02-13', '2026-03-13']],
    ['0 6 * * mon#5', ['2026-03-30', '2026-06-29', '2026-08-31']],
    ['0 6 * * 5L', ['2026-01-30', '2026-02-27', '2026-03-27']],
    ['0 6 * * friL,sun#1', ['2026-01-04', '2026-01-30', '2026-02-01']],
    ['0 6 13 * 5', ['2026-01-02', '2026-01-09', '2026-01-13']],
    ['0 6 13 * ?', ['2026-01-13', '2026-02-13', '2026-03-13']],
    ['0 6 29 2 *', ['2028-02-29', '2032-02-29', '2036-02-29']],
    ['0 6 31 * *', ['2026-01-31', '2026-03-31', '2026-05-31']],
    ['0 6 * * 0', ['2026-01-04', '2026-01-11', '2026-01-18']],
    ['0 6 * * 7', ['2026-01-04', '2026-01-11', '2026-01-18']],
    ['0 6 * * 5-7', ['2026-01-02', '2026-01-03', '2026-01-04']],
    ['0 6 */15 * *', ['2026-01-01', '2026-01-16', '2026-01-31']],
    ['0 6 1,1,1-2 * *', ['2026-01-01', '2026-01-02', '2026-02-01']],
    ['@monthly', ['2026-02-01', '2026-03-01', '2026-04-01']],
    ['@weekly', ['2026-01-04', '2026-01-11', '2026-01-18']],
    ['@YEARLY', ['2027-01-01', '2028-01-01', '2029-01-01']],
  ])('%s', (cron, expected) => {
    expect(days(cron, '2026-01-01', 3)).toEqual(expected);
  });

  test('the fifth Monday of a February, the rarest day there is, is found, also across 2100 which has no 29 February', () => {
    expect(days('0 6 * 2 1#5', '2026-01-01', 2)).toEqual(['2044-02-29', '2072-02-29']);
    const far = nextSlot(parseSchedule('0 6 * 2 1#5', 'schedule'), new Date('2073-01-01T00:00:00Z'));
    expect(far?.toISOString()).toBe('2112-02-29T06:00:00.000Z');
  });
});

describe('intervals', () => {
  const slots = (schedule: object, after: string, count: number): string[] =>
    slotsBetween(parseSchedule(schedule, 'schedule'), new Date(after), new Date('2030-01-01T00:00:00Z'), count).map(
      (slot) => slot.toISOString().slice(0, 16),
    );

  test('fall on the anchor and whole intervals from it, before and after', () => {
    const schedule = { every: '45m', anchor: '2026-05-01T00:10:00Z' };
    expect(slots(schedule, '2026-04-30T22:00:00Z', 4)).toEqual([
      '2026-04-30T22:40',
      '2026-04-30T23:25',
      '2026-05-01T00:10',
      '2026-05-01T00:55',
    ]);
    expect(slots({ every: '1h' }, '2026-05-01T00:30:00Z', 2)).toEqual(['2026-05-01T01:00', '2026-05-01T02:00']);
  });

  test('are real time: a day is 24 hours, also when the clocks change', () => {
    const schedule = { every: '1d', anchor: '2026-03-07T06:00:00', timezone: 'America/New_York' };
    expect(slots(schedule, '2026-03-07T00:00:00Z', 3)).toEqual([
      '2026-03-07T11:00',
      '2026-03-08T11:00',
      '2026-03-09T11:00',
    ]);
  });
});

test('start_date and end_date are days of the schedule, first and last included; moments hold to the second', () => {
  const slots = (bounds: object): string[] =>
    slotsBetween(
      parseSchedule({ cron: '0 */6 * * *', timezone: 'America/New_York', ...bounds }, 'schedule'),
      new Date('2025-01-01T00:00:00Z'),
      new Date('2027-01-01T00:00:00Z'),
      100,
    ).map((slot) => slot.toISOString().slice(5, 16));
  expect(slots({ start_date: '2026-03-08', end_date: '2026-03-08' })).toEqual([
    '03-08T05:00',
    '03-08T10:00',
    '03-08T16:00',
    '03-08T22:00',
  ]);
  expect(slots({ start_date: '2026-05-01T04:00:00Z', end_date: '2026-05-01T10:00:00Z' })).toEqual([
    '05-01T04:00',
    '05-01T10:00',
  ]);
  expect(slots({ start_date: '2026-05-01T00:00:01', end_date: '2026-05-01T05:59:59' })).toEqual([]);
});

test('a day that a zone skipped altogether: Samoa had no 30 December 2011', () => {
  const daily = (policy: object): string[] =>
    slotsBetween(
      parseSchedule({ cron: '0 9 29-31 12 *', timezone: 'Pacific/Apia', ...policy }, 'schedule'),
      new Date('2011-12-01T00:00:00Z'),
      new Date('2012-01-02T00:00:00Z'),
      10,
    ).map((slot) => slot.toISOString());
  expect(daily({})).toEqual(['2011-12-29T19:00:00.000Z', '2011-12-30T19:00:00.000Z']);
  expect(daily({ dst_gap: 'skip' })).toEqual(['2011-12-29T19:00:00.000Z', '2011-12-30T19:00:00.000Z']);
});

test('excluded days are passed over by the calendar of the zone, in one step', () => {
  const spec = parseSchedule(
    { cron: '* * * * * *', timezone: 'America/New_York', exclude: ['2026-07-04/2099-12-31'] },
    'schedule',
  );
  const { user } = process.cpuUsage();
  expect(nextRunnableSlot(spec, new Date('2026-07-04T04:00:00Z'))?.toISOString()).toBe('2100-01-01T05:00:00.000Z');
  expect(nextRunnableSlot(spec, new Date('2026-07-04T03:59:00Z'))?.toISOString()).toBe('2026-07-04T03:59:01.000Z');
  expect(process.cpuUsage().user - user).toBeLessThan(200_000);
});

test('there is an end to time', () => {
  const spec = parseSchedule('0 0 1 1 *', 'schedule');
  expect(nextSlot(spec, new Date('9999-06-01T00:00:00Z'))).toBeUndefined();
  expect(nextSlot(spec, new Date(8.64e15))).toBeUndefined();
  expect(nextSlot(parseSchedule({ every: '3650d' }, 'schedule'), new Date('9999-06-01T00:00:00Z'))).toBeUndefined();
});

const FIELD = fc.oneof(fc.constant('*'), fc.nat(23).map(String), fc.constantFrom('*/5', '0-3', '1,2,23', '0-23/3'));
const SCHEDULES = fc
  .record({
    minute: FIELD,
    hour: FIELD,
    day: fc.constantFrom('*', '*', 'L', '15W', '1-7', '31'),
    weekDay: fc.constantFrom('*', '*', '1-5', '0', '5#1', '3L'),
    timezone: fc.constantFrom('UTC', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'America/St_Johns'),
    dst_gap: fc.constantFrom(...DST_GAPS),
    dst_overlap: fc.constantFrom(...DST_OVERLAPS),
  })
  .map(({ minute, hour, day, weekDay, ...rest }) => ({ cron: `${minute} ${hour} ${day} * ${weekDay}`, ...rest }));
// Around both changes of 2010, when St John's still changed at one minute past midnight, and beside them.
const MOMENTS = fc
  .tuple(
    fc.constantFrom(Date.UTC(2010, 2, 13), Date.UTC(2010, 10, 6), Date.UTC(2010, 9, 2), Date.UTC(2010, 3, 29)),
    fc.array(fc.nat(2 * 86_400), { minLength: 2, maxLength: 6 }),
  )
  .map(([day, seconds]) => seconds.map((second) => day + second * 1000));

test('slots ascend without repeats, and any cut of a period gives the same ones', () => {
  fc.assert(
    fc.property(SCHEDULES, MOMENTS, (schedule, moments) => {
      const spec = parseSchedule(schedule, 'schedule');
      const cuts = [...moments].sort((a, b) => a - b).map((moment) => new Date(moment));
      const [begin = new Date(0), end = begin] = [cuts[0], cuts.at(-1)];
      const whole = slotsBetween(spec, begin, end, 100_000);
      const parts = cuts.slice(1).flatMap((cut, index) => slotsBetween(spec, cuts[index] ?? begin, cut, 100_000));
      expect(parts).toEqual(whole);
      const steps = [begin, ...whole].slice(0, -1);
      expect(steps.map((before) => nextSlot(spec, before))).toEqual(whole);
      expect(whole.every((slot, index) => slot > (steps[index] ?? slot))).toBe(true);
      expect(slotsBetween(spec, begin, end, 3)).toEqual(whole.slice(0, 3));
    }),
    { numRuns: 200 },
  );
});

test('the next slots of 10,000 schedules are found in less than a second', () => {
  const zones = ['UTC', 'America/New_York', 'Europe/Dublin', 'Asia/Kolkata', 'Australia/Sydney'];
  const specs = Array.from({ length: 10_000 }, (_, index) =>
    parseSchedule(
      { cron: `${index % 60} ${Math.floor(index / 60) % 24} * * ${index % 7}`, timezone: zones[index % zones.length] },
      'schedule',
    ),
  );
  const times = [1, 2, 3].map((day) => {
    const { user } = process.cpuUsage();
    const found = specs.map((spec) => nextSlot(spec, new Date(Date.UTC(2026, 4, day))));
    expect(found).not.toContain(undefined);
    return (process.cpuUsage().user - user) / 1000;
  });
  expect(Math.min(...times)).toBeLessThan(1000);
});
