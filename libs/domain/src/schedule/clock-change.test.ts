import { slotsBetween } from './next-slot.js';
import { parseSchedule } from './parse-schedule.js';
import { DST_GAPS, DST_OVERLAPS, type DstGap, type DstOverlap } from './schedule-spec.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const FROM = Date.UTC(2020, 0, 1);
const UNTIL = Date.UTC(2036, 0, 1);

const ZONES = [
  'Australia/Lord_Howe',
  'Europe/Dublin',
  'Africa/Casablanca',
  'Africa/Cairo',
  'America/Santiago',
  'America/New_York',
  'Australia/Sydney',
  'Asia/Kolkata',
];

describe('a daily job on both changes of 2024', () => {
  test.each([
    // zone, cron in a gap, its slot; cron in a repeated hour, its first and last slot
    ['Australia/Lord_Howe', '15 2 6 10 *', '10-05T15:45', '45 1 7 4 *', '04-06T14:45', '04-06T15:15'],
    ['Europe/Dublin', '30 1 31 3 *', '03-31T01:30', '30 1 27 10 *', '10-27T00:30', '10-27T01:30'],
    ['Africa/Casablanca', '30 2 14 4 *', '04-14T02:30', '30 2 10 3 *', '03-10T01:30', '03-10T02:30'],
    ['Africa/Cairo', '30 0 26 4 *', '04-25T22:30', '30 23 31 10 *', '10-31T20:30', '10-31T21:30'],
    ['America/Santiago', '30 0 8 9 *', '09-08T04:30', '30 23 6 4 *', '04-07T02:30', '04-07T03:30'],
    ['America/New_York', '30 2 10 3 *', '03-10T07:30', '30 1 3 11 *', '11-03T05:30', '11-03T06:30'],
    ['Australia/Sydney', '30 2 6 10 *', '10-05T16:30', '30 2 7 4 *', '04-06T15:30', '04-06T16:30'],
  ])('%s', (timezone, gapCron, shifted, overlapCron, first, last) => {
    const year = (cron: string, policy: object): string[] =>
      slotsBetween(
        parseSchedule({ cron, timezone, ...policy }, 'schedule'),
        new Date('2024-01-01T00:00:00Z'),
        new Date('2024-12-31T00:00:00Z'),
        10,
      ).map((slot) => slot.toISOString().slice(5, 16));
    expect(year(gapCron, {})).toEqual([shifted]);
    expect(year(gapCron, { dst_gap: 'skip' })).toEqual([]);
    expect(year(overlapCron, {})).toEqual([first]);
    expect(year(overlapCron, { dst_overlap: 'last' })).toEqual([last]);
    expect(year(overlapCron, { dst_overlap: 'both' })).toEqual([first, last]);
  });

  test('a job at a fixed time runs once a day for 16 years, in every zone, at every hour that the changes touch', () => {
    for (const timezone of ZONES) {
      for (const hour of [0, 1, 2, 3, 23]) {
        const spec = parseSchedule(
          { cron: `15 ${hour} * * *`, timezone, start_date: '2020-01-01', end_date: '2035-12-31' },
          'schedule',
        );
        expect([
          timezone,
          hour,
          slotsBetween(spec, new Date(FROM - DAY), new Date(UNTIL + DAY), 10_000).length,
        ]).toEqual([timezone, hour, 5844]);
      }
    }
  });
});

/** A cron as its meaning, apart from the code under test: `hits` is asked for each minute of the wall clock. */
interface Meaning {
  readonly cron: string;
  readonly realTime: boolean;
  readonly hits: (wall: Date) => boolean;
}

function at(hours: readonly number[], minutes: readonly number[]): (wall: Date) => boolean {
  return (wall) => hours.includes(wall.getUTCHours()) && minutes.includes(wall.getUTCMinutes());
}

const ALL_HOURS = Array.from({ length: 24 }, (_, hour) => hour);

const MEANINGS: readonly Meaning[] = [
  { cron: '30 2 * * *', realTime: false, hits: at([2], [30]) },
  { cron: '15 1 * * *', realTime: false, hits: at([1], [15]) },
  { cron: '0 0 * * *', realTime: false, hits: at([0], [0]) },
  { cron: '45 23 * * *', realTime: false, hits: at([23], [45]) },
  { cron: '0,30 0-4 * * *', realTime: false, hits: at([0, 1, 2, 3, 4], [0, 30]) },
  { cron: '*/10 1,2,23 * * *', realTime: false, hits: at([1, 2, 23], [0, 10, 20, 30, 40, 50]) },
  { cron: '5 2 * * sun', realTime: false, hits: (wall) => at([2], [5])(wall) && wall.getUTCDay() === 0 },
  { cron: '40 0-23 L * *', realTime: false, hits: (wall) => at(ALL_HOURS, [40])(wall) && isLastDay(wall) },
  { cron: '*/20 * * * *', realTime: true, hits: at(ALL_HOURS, [0, 20, 40]) },
  {
    cron: '10 */2 * * *',
    realTime: true,
    hits: at(
      ALL_HOURS.filter((hour) => hour % 2 === 0),
      [10],
    ),
  },
];

function isLastDay(wall: Date): boolean {
  return new Date(wall.getTime() + DAY).getUTCDate() === 1;
}

/** What the zone's clocks show, minute by minute, from the formatter that people's clocks are made of. */
function wallClock(zone: string): (utc: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  return (utc) => Date.parse(`${format.format(utc).replace(' ', 'T')}:00Z`);
}

/** A minute of the wall clock, and the moments at which the clocks show it: none, one or two. */
interface WallMinute {
  readonly wall: Date;
  readonly moments: readonly number[];
  /** Where there is none: the minutes that the clocks skip at once, and the moment that shows this time that much later. */
  readonly shifted?: number;
}

function minutesOf(wallAt: (utc: number) => number, from: number, until: number): WallMinute[] {
  const walls: number[] = [];
  const momentsOf = new Map<number, number[]>();
  for (let utc = from; utc <= until; utc += MINUTE) {
    const wall = wallAt(utc);
    walls.push(wall);
    momentsOf.set(wall, [...(momentsOf.get(wall) ?? []), utc]);
  }
  const minutes = [...momentsOf].map(([wall, moments]): WallMinute => ({ wall: new Date(wall), moments }));
  for (const [index, wall] of walls.entries()) {
    const before = walls[index - 1] ?? wall - MINUTE;
    const length = wall - before - MINUTE;
    for (let missing = before + MINUTE; missing < wall; missing += MINUTE) {
      const [shifted = NaN] = momentsOf.get(missing + length) ?? [];
      minutes.push({ wall: new Date(missing), moments: [], shifted });
    }
  }
  return minutes;
}

/** The rule, read out over the minutes of the wall clock that the cron means. */
function expectedSlots(meant: readonly WallMinute[], realTime: boolean, gap: DstGap, overlap: DstOverlap): number[] {
  const slots = new Set<number>();
  for (const { moments, shifted } of meant) {
    const chosen = { first: moments.slice(0, 1), last: moments.slice(-1), both: moments }[realTime ? 'both' : overlap];
    for (const moment of chosen) slots.add(moment);
    if (shifted !== undefined && !realTime && gap === 'shift') slots.add(shifted);
  }
  return [...slots].sort((a, b) => a - b);
}

/** Days on which the clocks change, and a few others. */
function daysToLookAt(wallAt: (utc: number) => number): { changes: number[]; ordinary: number[] } {
  const changes: number[] = [];
  const ordinary: number[] = [];
  for (let day = FROM; day < UNTIL; day += DAY) {
    if (wallAt(day + DAY) - wallAt(day) !== DAY) changes.push(day);
    else if ((day / DAY) % 701 === 0) ordinary.push(day);
  }
  return { changes, ordinary };
}

const POLICIES = DST_GAPS.flatMap((dst_gap) => DST_OVERLAPS.map((dst_overlap) => ({ dst_gap, dst_overlap })));

test.each(ZONES)('%s: 2020 to 2035 agrees with the minute-by-minute oracle', (timezone) => {
  const wallAt = wallClock(timezone);
  const { changes, ordinary } = daysToLookAt(wallAt);
  expect(changes.length).toBeGreaterThanOrEqual(timezone === 'Asia/Kolkata' ? 0 : 15);
  const cases = MEANINGS.flatMap((meaning) =>
    POLICIES.map((policy) => ({
      meaning,
      policy,
      spec: parseSchedule({ cron: meaning.cron, timezone, ...policy }, 'schedule'),
    })),
  );
  for (const day of [...changes, ...ordinary]) {
    const [from, until] = [day - 4 * HOUR, day + 28 * HOUR];
    const minutes = minutesOf(wallAt, from, until);
    const meant = new Map(MEANINGS.map((meaning) => [meaning, minutes.filter(({ wall }) => meaning.hits(wall))]));
    for (const { meaning, policy, spec } of cases) {
      const slots = slotsBetween(spec, new Date(from - 1), new Date(until), 10_000).map((slot) => slot.getTime());
      const expected = expectedSlots(meant.get(meaning) ?? [], meaning.realTime, policy.dst_gap, policy.dst_overlap);
      if (slots.join() === expected.join()) continue;
      const show = (moments: number[]): unknown => ({ spec, slots: moments.map((one) => new Date(one).toISOString()) });
      expect(show(slots)).toEqual(show(expected));
    }
  }
});
