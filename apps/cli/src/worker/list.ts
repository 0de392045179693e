import type { Command } from 'commander';
import type { WorkerRow } from '@taskflow/store';
import { outputCommand } from '../api/client-command.js';
import { withDatabase } from '../db/open.js';
import { withDatabaseOption, type DatabaseOptions } from '../db/url.js';
import { wholeNumber } from '../input/option.js';
import { printRows, type Column, type Format } from '../output/print.js';
import { moment } from '../output/text.js';

interface Options extends DatabaseOptions {
  readonly output: Format;
  readonly all?: boolean;
  readonly limit: number;
}

const COLUMNS: readonly Column<WorkerRow>[] = [
  ['worker', ({ worker }) => worker],
  ['state', (row) => stateOf(row)],
  ['running', ({ leased, slots }) => `${leased}/${slots}`],
  ['queues', ({ queues }) => queues.join(',')],
  ['heartbeat', (row) => moment(row.heartbeat_at)],
  ['connected', (row) => moment(row.connected_at)],
];

export function workerList(): Command {
  return withDatabaseOption(outputCommand('list', 'list the workers; reads the database itself, not the api'))
    .option('--all', 'also those that are gone')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 100_000), 100)
    .action((options: Options) =>
      withDatabase(options, async (db) => {
        const { listWorkers } = await import('@taskflow/store');
        const rows = await listWorkers(db, { all: options.all ?? false, limit: options.limit });
        printRows(options.output, rows, COLUMNS, ({ worker }) => worker);
      }),
    );
}

function stateOf({ alive, draining_at }: WorkerRow): string {
  if (!alive) return 'gone';
  return draining_at === null ? 'alive' : 'draining';
}
