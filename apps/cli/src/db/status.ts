import type { Command } from 'commander';
import { outputCommand } from '../api/client-command.js';
import { CommandFailure } from '../failure/command-failure.js';
import { printRows, type Column, type Format } from '../output/print.js';
import { explained } from './explain-failure.js';
import { databaseUrl, withDatabaseOption, type DatabaseOptions } from './url.js';

interface Options extends DatabaseOptions {
  readonly output: Format;
}

interface Row {
  readonly migration: string;
  readonly state: string;
}

const COLUMNS: readonly Column<Row>[] = [
  ['migration', ({ migration }) => migration],
  ['state', ({ state }) => state],
];

export function dbStatus(): Command {
  return withDatabaseOption(
    outputCommand('status', 'show the migrations; exit code 1 when one is outstanding or broken'),
  ).action((options: Options) => status(options));
}

async function status(options: Options): Promise<void> {
  const url = databaseUrl(options);
  const { migrationStatus } = await import('@taskflow/store');
  const found = await explained(url, () => migrationStatus({ url }));
  const states = (['applied', 'pending', 'failed', 'changed', 'unknown'] as const).flatMap((state) =>
    found[state].map((migration) => ({ migration, state })),
  );
  printRows(options.output, states, COLUMNS, ({ migration }) => migration);
  if (found.failed.length + found.changed.length > 0) {
    throw new CommandFailure('the database is not as its records say: look at it before anything else');
  }
  if (found.pending.length > 0) throw new CommandFailure(`${found.pending.length} to apply: taskflow db migrate`);
}
