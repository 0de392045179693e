const DAY_MS = 86_400_000;
/** Closer than any two changes of offset since 1970 (7 days, Brazil 2000), so that none hides between two samples. */
const SAMPLE_MS = 5 * DAY_MS;
const MAX_CACHED_YEARS = 4096;
const MAX_CACHED_FORMATS = 1024;

/** A moment at which a zone's clocks are moved. Forward (`after > before`) leaves a gap, back repeats an hour. */
export interface OffsetChange {
  /** Milliseconds since the epoch; the new offset holds from here on. */
  readonly at: number;
  /** Milliseconds east of UTC before and after. */
  readonly before: number;
  readonly after: number;
}

/** How a zone's clocks stood around a moment. */
export interface OffsetsAround {
  /** Milliseconds east of UTC at that moment. */
  readonly offset: number;
  /** The last change at or before it, and the next one after it; absent where there is none within the year or so around. */
  readonly last?: OffsetChange;
  readonly next?: OffsetChange;
  /** Nothing changes from the moment to here: the next change, or the end of what was looked at. */
  readonly until: number;
}

interface ChangesAroundYear {
  /** The offset at the start, and the changes from then on, of the year and both its neighbours. */
  readonly first: number;
  readonly changes: readonly OffsetChange[];
}

const formats = new Map<string, Intl.DateTimeFormat>();
const years = new Map<string, ChangesAroundYear>();

/** True for a name of the IANA time zone database, such as `Europe/Dublin` or `UTC`. Fixed offsets (`+02:00`) are none. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return formatOf(name) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Milliseconds east of UTC that the zone's clocks show at a moment (milliseconds since the epoch). */
export function offsetAt(zone: string, at: number): number {
  const shown = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(formatOf(zone).format(at));
  if (shown === null || shown[1] === undefined) return 0;
  const seconds = Number(shown[2]) * 3600 + Number(shown[3]) * 60 + Number(shown[4] ?? 0);
  return (shown[1] === '-' ? -seconds : seconds) * 1000;
}

/** Throws RangeError for a zone that is none. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    if (formats.size >= MAX_CACHED_FORMATS) formats.clear();
    formats.set(zone, format);
  }
  return format;
}

/** The offset at a moment and the changes around it; cheap after the first look at a year. */
export function offsetsAround(zone: string, at: number): OffsetsAround {
  const year = new Date(at).getUTCFullYear();
  const { first, changes } = changesOf(zone, year);
  let offset = first;
  let last: OffsetChange | undefined;
  for (const change of changes) {
    if (change.at > at) return { offset, last, next: change, until: Math.min(change.at, yearStart(year + 1)) };
    offset = change.after;
    last = change;
  }
  return { offset, last, until: yearStart(year + 1) };
}

function changesOf(zone: string, year: number): ChangesAroundYear {
  const key = `${zone} ${year}`;
  const known = years.get(key);
  if (known !== undefined) return known;
  const found = findChanges(zone, yearStart(year - 1), yearStart(year + 2));
  if (years.size >= MAX_CACHED_YEARS) years.clear();
  years.set(key, found);
  return found;
}

function findChanges(zone: string, from: number, until: number): ChangesAroundYear {
  const first = offsetAt(zone, from);
  const changes: OffsetChange[] = [];
  let before = first;
  for (let start = from; start < until; start += SAMPLE_MS) {
    const end = Math.min(start + SAMPLE_MS, until);
    const after = offsetAt(zone, end);
    if (after !== before) changes.push({ at: firstAt(zone, start, end, after), before, after });
    before = after;
  }
  return { first, changes };
}

/** The first second in (low, high] at which the offset is `wanted`, as it is at `high`. */
function firstAt(zone: string, low: number, high: number, wanted: number): number {
  let [known, found] = [low, high];
  while (found - known > 1000) {
    const middle = known + Math.floor((found - known) / 2000) * 1000;
    if (offsetAt(zone, middle) === wanted) found = middle;
    else known = middle;
  }
  return found;
}

function yearStart(year: number): number {
  return Date.UTC(year, 0, 1);
}
