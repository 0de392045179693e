import Table from 'cli-table3';
import { plain } from './plain.js';
import { styled } from './text.js';

export const FORMATS = ['table', 'json', 'jsonl', 'name'] as const;
export type Format = (typeof FORMATS)[number];

/** A column of a table: its title, and what it shows of a row. */
export type Column<T> = readonly [title: string, text: (row: T) => string];

/** Prints a list on stdout. `name` gives the one word by which another command takes the row. */
export function printRows<T extends object>(
  format: Format,
  rows: readonly T[],
  columns: readonly Column<T>[],
  name: (row: T) => string,
): void {
  switch (format) {
    case 'json':
      return write(JSON.stringify(rows.map(plain), null, 2));
    case 'jsonl':
      return rows.forEach((row) => write(JSON.stringify(plain(row))));
    case 'name':
      return rows.forEach((row) => write(name(row)));
    case 'table':
      if (rows.length === 0) console.error('none');
      else write(table(rows, columns));
  }
}

/** Prints one thing on stdout; as a table, a line for each field that is not empty. */
export function printOne(format: Format, value: object, fields: readonly [string, string][], name: string): void {
  if (format === 'json') write(JSON.stringify(plain(value), null, 2));
  else if (format === 'jsonl') write(JSON.stringify(plain(value)));
  else if (format === 'name') write(name);
  else write(fieldLines(fields));
}

export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const grid = new Table({
    head: columns.map(([title]) => styled('gray', title)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  grid.push(...rows.map((row) => columns.map(([, text]) => text(row))));
  return grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

export function fieldLines(fields: readonly [string, string][]): string {
  const shown = fields.filter(([, text]) => text !== '' && text !== '-');
  const width = Math.max(...shown.map(([title]) => title.length));
  return shown.map(([title, text]) => `${styled('gray', title.padEnd(width))}  ${text}`).join('\n');
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((part) => [part, '']),
);
