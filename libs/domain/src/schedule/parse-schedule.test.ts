import fc from 'fast-check';
import { InvalidInput } from '../error/invalid-input.js';
import { parseSchedule } from './parse-schedule.js';
import { DST_GAPS, DST_OVERLAPS, MISFIRES, OVERLAPS } from './schedule-spec.js';

function faultsOf(input: unknown, field = 'schedule'): string[] {
  try {
    parseSchedule(input, field);
  } catch (error) {
    if (error instanceof InvalidInput) return error.violations.map((violation) => violation.description);
    throw error;
  }
  throw new Error('the schedule was accepted');
}

test('a text is a cron in UTC with the defaults', () => {
  expect(parseSchedule(' 0 6 * * * ', 'schedule')).toEqual({
    cron: '0 6 * * *',
    timezone: 'UTC',
    dst_gap: 'shift',
    dst_overlap: 'first',
    misfire: 'last',
    max_catchup: 100,
    overlap: 'allow',
  });
});

test('everything that can be said is kept in its normal form', () => {
  const spec = parseSchedule(
    {
      every: 'PT90M',
      anchor: '2026-03-08',
      timezone: 'America/New_York',
      dst_gap: 'skip',
      dst_overlap: 'both',
      misfire: 'all',
      max_lateness: 3600,
      max_catchup: 5,
      overlap: 'buffer_one',
      jitter: '1m30s',
      start_date: '2026-01-01',
      end_date: '2026-07-01T02:30:00',
      exclude: [
        '2026-12-26',
        '2026-12-24/2026-12-25',
        { from: '2026-05-01', to: '2026-05-01' },
        new Date('2026-01-06'),
      ],
    },
    'schedule',
  );
  expect(spec).toEqual({
    every: '1h30m',
    anchor: '2026-03-08T05:00:00.000Z',
    timezone: 'America/New_York',
    dst_gap: 'skip',
    dst_overlap: 'both',
    misfire: 'all',
    max_lateness: '1h',
    max_catchup: 5,
    overlap: 'buffer_one',
    jitter: '1m30s',
    start_date: '2026-01-01',
    end_date: '2026-07-01T06:30:00.000Z',
    exclude: [
      { from: '2026-01-06', to: '2026-01-06' },
      { from: '2026-05-01', to: '2026-05-01' },
      { from: '2026-12-24', to: '2026-12-26' },
    ],
  });
});

test('what comes out goes in again unchanged, also by way of JSON', () => {
  const dates = fc
    .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2090-01-01T00:00:00Z'), noInvalidDate: true })
    .chain((date) =>
      fc.constantFrom(date.toISOString(), date.toISOString().slice(0, 10), date.toISOString().slice(0, 19)),
    );
  const durations = fc
    .integer({ min: 1, max: 1e6 })
    .chain((number) => fc.constantFrom(number, `${number}m`, `PT${number}S`));
  const schedules = fc.record(
    {
      every: durations,
      anchor: dates,
      timezone: fc.constantFrom('UTC', 'Europe/Dublin', 'Australia/Lord_Howe', 'Pacific/Apia'),
      dst_gap: fc.constantFrom(...DST_GAPS),
      dst_overlap: fc.constantFrom(...DST_OVERLAPS),
      misfire: fc.constantFrom(...MISFIRES),
      max_lateness: durations,
      max_catchup: fc.nat(10_000),
      overlap: fc.constantFrom(...OVERLAPS),
      jitter: durations,
      start_date: dates,
      exclude: fc.array(dates.map((date) => date.slice(0, 10))),
    },
    { requiredKeys: ['every'] },
  );
  fc.assert(
    fc.property(schedules, (schedule) => {
      const spec = parseSchedule(schedule, 'schedule');
      expect(parseSchedule(JSON.parse(JSON.stringify(spec)), 'schedule')).toEqual(spec);
    }),
  );
});

test.each([
  ['61 * * * *', /schedule: cron "61 \* \* \* \*" is not valid: minute "61" is not one; wanted minute 0 to 59/],
  ['0 24 * * *', /hour "24" is not one; wanted hour 0 to 23/],
  ['0 0 0 * *', /day of month "0" is not one; wanted day of month 1 to 31/],
  ['0 0 * foo *', /month "foo" is not one; wanted month 1 to 12 or jan to dec/],
  ['0 0 * * monday', /day of week "1day" is not one; wanted day of week 0 to 7 \(0 and 7 are Sunday\)/],
  ['0 0 * * 5#6', /day of week "5#6" is not one/],
  ['0 0 32W * *', /day of month "32w" is not one/],
  ['5-1 * * * *', /minute "5-1" is not one/],
  ['* * * *', /it has 4 fields; wanted a cron expression of 5 fields/],
  ['', /it has no fields/],
  ['0 0 1 1 * * 2026', /a seventh field for the year is not known: use start_date and end_date/],
  ['@every 5m', /write the interval as `every: 5m`/],
  ['@reboot', /it has 1 fields.*@hourly/],
  ['*/90 * * * *', /minute "\*\/90" has a step wider than the field: use `every`/],
  ['*/0 * * * *', /minute "\*\/0" is not one/],
  ['H * * * *', /minute "h" is hashed: use jitter to spread load/],
  ['0 0 31 2 *', /schedule: got "0 0 31 2 \*", wanted a cron that happens: none of its months has such a day/],
  ['0 0 30 2 *', /wanted a cron that happens/],
  ['0 0 31W 4,6,9,11 *', /wanted a cron that happens/],
])('the cron %j is refused with the place and what would be right', (cron, message) => {
  const faults = faultsOf(cron);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(message);
});

test('a huge cron is refused at once', () => {
  const { user } = process.cpuUsage();
  expect(faultsOf(`${'1,'.repeat(200_000)}1 * * * *`)[0]).toMatch(/it is longer than 512 characters/);
  expect(parseSchedule(`* * * * ${'0-7/1,'.repeat(80)}0`, 'schedule').cron).toHaveLength(489);
  expect(process.cpuUsage().user - user).toBeLessThan(200_000);
});

test('each fault has the path of its field, all of them at once', () => {
  const faults = faultsOf(
    {
      cron: '99 * * * *',
      timezone: 'America/NewYork',
      dst_gap: 'move',
      misfires: 'all',
      max_catchup: -1,
      jitter: 'soon',
      start_date: '2026-02-30',
      exclude: ['2026-01-01', 'Christmas', { from: '2026-02-02', to: '2026-02-01' }],
    },
    'tasks[2].schedule[0]',
  );
  expect(faults.map((fault) => fault.split(': ')[0])).toEqual([
    'tasks[2].schedule[0].misfires',
    'tasks[2].schedule[0].timezone',
    'tasks[2].schedule[0].cron',
    'tasks[2].schedule[0].dst_gap',
    'tasks[2].schedule[0].max_catchup',
    'tasks[2].schedule[0].jitter',
    'tasks[2].schedule[0].start_date',
    'tasks[2].schedule[0].exclude[1]',
    'tasks[2].schedule[0].exclude[2]',
  ]);
  expect(faults[0]).toMatch(/did you mean "misfire"\?/);
  expect(faults[1]).toMatch(/there is no time zone "America\/NewYork", did you mean America\/New_York\?/);
});

test.each([
  [{ cron: '* * * * *', every: '5m' }, /has both `cron` and `every`, wanted exactly one/],
  [{ timezone: 'UTC' }, /has neither `cron` nor `every`/],
  [{ cron: '* * * * *', anchor: '2026-01-01' }, /schedule\.anchor: .*a cron has no anchor/],
  [{ every: '500ms' }, /schedule\.every: got "500ms", wanted .*at least 1s/],
  [{ cron: '* * * * *', timezone: '+02:00' }, /schedule\.timezone: got "\+02:00", wanted an IANA time zone/],
  [{ cron: '* * * * *', timezone: 'local' }, /schedule\.timezone/],
  [{ cron: '* * * * *', timezone: '' }, /schedule\.timezone/],
  [
    { cron: '* * * * *', overlap: 'terminate_running' },
    /schedule\.overlap: got "terminate_running", wanted `cancel_running`: a run is given its time to end/,
  ],
  [{ cron: '* * * * *', overlap: 'queue' }, /schedule\.overlap: got "queue", wanted one of allow, .*, cancel_running$/],
  [{ cron: 5 }, /schedule\.cron: got 5, wanted a cron expression as text/],
  [
    { cron: '* * * * *', start_date: '2026-02-01', end_date: '2026-01-31' },
    /schedule\.end_date: got "2026-01-31", wanted a moment after start_date, 2026-02-01/,
  ],
  [{ cron: '* * * * *', exclude: '2026-01-01' }, /schedule\.exclude: .*a list of dates/],
  [['* * * * *'], /schedule: got a list of 1, wanted a cron expression as text/],
  [7, /schedule: got 7/],
  [null, /schedule: got null/],
])('%j is refused', (input, message) => {
  expect(faultsOf(input).join('\n')).toMatch(message);
});

test('no input makes it hang or fail otherwise than with InvalidInput', () => {
  const words = fc.constantFrom(
    '*',
    '?',
    '/',
    '-',
    ',',
    'L',
    'W',
    '#',
    '0',
    '5',
    '31',
    '59',
    'mon',
    'jan',
    ' ',
    '  ',
    '@',
    'h',
  );
  const texts = fc.array(words, { maxLength: 30 }).map((parts) => parts.join(''));
  const fields = fc.array(texts, { minLength: 5, maxLength: 6 }).map((parts) => parts.join(' '));
  fc.assert(
    fc.property(fc.oneof(texts, fields, fc.anything()), (input) => {
      try {
        parseSchedule(input, 'schedule');
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInput);
      }
    }),
    { numRuns: 500 },
  );
});
