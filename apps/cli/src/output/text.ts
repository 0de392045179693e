import { styleText } from 'node:util';

type Style = 'green' | 'red' | 'yellow' | 'cyan' | 'gray' | 'bold';

/** Colour where the stream is a terminal that shows it; NO_COLOR and FORCE_COLOR decide otherwise. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream });
}

/** On one line, without control characters: what workers wrote must not steer the terminal. */
export function oneLine(text: string, longest = 200): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** `2026-03-01 06:00:00Z`, or a dash. */
export function moment(date: Date | undefined): string {
  return date === undefined
    ? '-'
    : date
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, 'Z');
}

/** `1.2s`, `3m 04s`, `2h 05m`. */
export function span(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}

/** Time between two moments; a dash when it has not begun. Until now when it has not ended. */
export function took(from: Date | undefined, to: Date | undefined): string {
  return from === undefined ? '-' : span((to?.getTime() ?? Date.now()) - from.getTime());
}

function two(count: number): string {
  return String(count).padStart(2, '0');
}
