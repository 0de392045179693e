import { InvalidArgumentError } from 'commander';

/** For `.option(…, wholeNumber(1, 100_000), 50)`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Wanted a whole number from ${min} to ${max}.`);
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `30s`, `1h30m`, or a number of seconds; gives milliseconds. */
export function durationMs(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new InvalidArgumentError('Wanted a duration such as 500ms, 30s, 5m, 1h30m.');
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0);
}

/** An ISO 8601 moment, or `+30s`, `+2h` from now. */
export function momentOption(text: string): Date {
  if (text.startsWith('+')) return new Date(Date.now() + durationMs(text.slice(1)));
  const date = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('Wanted a moment such as 2026-03-01T06:00:00Z, or +30s from now.');
}

/** For options that may be given several times. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
