import { InvalidInput, fieldViolation } from './error/invalid-input.js';

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

type Unit = keyof typeof UNIT_MS;

const UNITS = Object.keys(UNIT_MS) as Unit[];
const SUM =
  /^(?:(?<d>\d+(?:\.\d+)?)d)?(?:(?<h>\d+(?:\.\d+)?)h)?(?:(?<m>\d+(?:\.\d+)?)m)?(?:(?<s>\d+(?:\.\d+)?)s)?(?:(?<ms>\d+)ms)?$/;
const ISO =
  /^P(?:(?<d>\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(?<h>\d+(?:\.\d+)?)H)?(?:(?<m>\d+(?:\.\d+)?)M)?(?:(?<s>\d+(?:\.\d+)?)S)?)?$/;

/** The longest duration that is accepted: 3650 days, in milliseconds. */
export const MAX_DURATION_MS = 3650 * UNIT_MS.d;

export const DURATION_WANTED =
  'a duration such as 500ms, 30s, 5m, 2h, 1d, 1h30m or PT90S, or a number of seconds, at most 3650d';

/**
 * Milliseconds of `500ms 30s 5m 2h 1d`, of sums from the largest unit to the smallest (`1h30m`), of ISO 8601 with days and
 * below (`PT90S`), or of a number, which means seconds. Fractions are rounded to the millisecond.
 *
 * @throws InvalidInput naming `field`
 */
export function parseDuration(value: unknown, field: string): number {
  const ms = readDuration(value);
  if (ms === undefined || ms > MAX_DURATION_MS) {
    throw InvalidInput.of('the duration', [fieldViolation(field, value, DURATION_WANTED)]);
  }
  return ms;
}

/** Milliseconds of a duration in any accepted form; undefined when it is none. */
export function readDuration(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) && value >= 0 ? Math.round(value * UNIT_MS.s) : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const groups = (SUM.exec(text) ?? ISO.exec(text))?.groups;
  if (groups === undefined) return undefined;
  const parts = UNITS.filter((unit) => groups[unit] !== undefined);
  if (parts.length === 0) return undefined;
  return Math.round(parts.reduce((sum, unit) => sum + Number(groups[unit]) * UNIT_MS[unit], 0));
}

/** The shortest form that parses back to the same milliseconds: `1h30m`, `0s`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  const parts: string[] = [];
  for (const unit of UNITS) {
    const count = Math.floor(rest / UNIT_MS[unit]);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * UNIT_MS[unit];
  }
  return parts.join('') || '0s';
}
