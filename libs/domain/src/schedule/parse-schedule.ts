import { knownWords } from '../error/did-you-mean.js';
import { fieldViolation, InvalidInput, type FieldViolation } from '../error/invalid-input.js';
import { joinPath } from '../json.js';
import { readExclusions } from './exclusion.js';
import { boundsOf } from './schedule-bounds.js';
import { DST_GAPS, DST_OVERLAPS, MISFIRES, type ScheduleSpec } from './schedule-spec.js';
import { anchorIn, momentIn, oneOf, readCatchup, readCronText, readInterval } from './schedule-values.js';
import { readLength, readOverlap, type ValueReader } from './schedule-values.js';
import { readZone } from './zone-name.js';

const KEYS = [
  ...['cron', 'every', 'anchor', 'timezone', 'dst_gap', 'dst_overlap', 'misfire', 'max_lateness', 'max_catchup'],
  ...['overlap', 'jitter', 'start_date', 'end_date', 'exclude'],
];

/** Late slots that run after an outage under misfire `all`, unless the schedule says otherwise. */
export const DEFAULT_MAX_CATCHUP = 100;
const SCHEDULE_WANTED = 'a cron expression as text, or a map with `cron` or `every`';

/**
 * A schedule from what people write: a cron expression as text (in UTC), or a map with the keys of {@link ScheduleSpec}.
 * What comes out goes in again unchanged.
 *
 * @param field path of the input within what was sent, for the messages: `schedule`, `tasks[2].schedule`
 * @throws InvalidInput with a violation for each fault: bad cron, one that never happens, unknown zone, unknown key, …
 */
export function parseSchedule(input: unknown, field: string): ScheduleSpec {
  const faults: FieldViolation[] = [];
  const spec =
    typeof input === 'string' ? readMap({ cron: input }, () => field, faults) : readInput(input, field, faults);
  if (faults.length > 0) throw InvalidInput.of('the schedule', faults);
  return spec;
}

function readInput(input: unknown, field: string, faults: FieldViolation[]): ScheduleSpec {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw InvalidInput.of('the schedule', [fieldViolation(field, input, SCHEDULE_WANTED)]);
  }
  const source: Record<string, unknown> = { ...input };
  const at = (key: string): string => joinPath(field, key);
  for (const key of Object.keys(source)) {
    if (!KEYS.includes(key)) faults.push(fieldViolation(at(key), key, `a key of a schedule: ${knownWords(key, KEYS)}`));
  }
  const { cron, every, anchor } = source;
  if ((cron === undefined) === (every === undefined)) {
    const wanted = 'exactly one of `cron` and `every`';
    const found = cron === undefined ? 'has neither `cron` nor `every`' : 'has both `cron` and `every`';
    faults.push({ field, wanted, description: `${field}: ${found}, wanted ${wanted}` });
  } else if (anchor !== undefined && every === undefined) {
    faults.push(fieldViolation(at('anchor'), anchor, '`every` with it: a cron has no anchor'));
  }
  return readMap(source, at, faults);
}

function readMap(source: Record<string, unknown>, at: (key: string) => string, faults: FieldViolation[]): ScheduleSpec {
  const read = <T>(key: keyof ScheduleSpec, reader: ValueReader<T>): T | undefined =>
    source[key] === undefined ? undefined : reader(source[key], at(key), faults);

  const timezone = read('timezone', readZone) ?? 'UTC';
  const spec: ScheduleSpec = {
    cron: read('cron', readCronText),
    every: read('every', readInterval),
    anchor: read('anchor', anchorIn(timezone)),
    timezone,
    dst_gap: read('dst_gap', oneOf(DST_GAPS)) ?? 'shift',
    dst_overlap: read('dst_overlap', oneOf(DST_OVERLAPS)) ?? 'first',
    misfire: read('misfire', oneOf(MISFIRES)) ?? 'last',
    max_lateness: read('max_lateness', readLength),
    max_catchup: read('max_catchup', readCatchup) ?? DEFAULT_MAX_CATCHUP,
    overlap: read('overlap', readOverlap) ?? 'allow',
    jitter: read('jitter', readLength),
    start_date: read('start_date', momentIn(timezone)),
    end_date: read('end_date', momentIn(timezone)),
    exclude: read('exclude', readExclusions),
  };
  const bounds = boundsOf(spec);
  if (bounds.from > bounds.to) {
    faults.push(fieldViolation(at('end_date'), spec.end_date, `a moment after start_date, ${spec.start_date}`));
  }
  return spec;
}
