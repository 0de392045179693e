import type { Command } from 'commander';
import type { Task } from '@taskflow/proto/taskflow/v1/definitions.js';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { wholeNumber } from '../input/option.js';
import { readPages } from '../output/pages.js';
import { printRows, type Column } from '../output/print.js';
import { moment, oneLine } from '../output/text.js';

interface Options extends ClientOptions {
  readonly limit: number;
}

const COLUMNS: readonly Column<Task>[] = [
  ['task', ({ name }) => name],
  ['active', ({ active }) => (active ? 'yes' : 'no')],
  ['queue', ({ queue }) => queue],
  ['priority', ({ defaultPriority }) => defaultPriority],
  ['updated', ({ updatedAt }) => moment(updatedAt)],
  ['title', ({ title }) => oneLine(title, 60)],
];

export function taskTypes(): Command {
  return clientCommand('types', 'list the registered Tasks by name')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 100_000), 100)
    .action((options: Options) => withApi(options, (api) => types(api, options)));
}

async function types(api: Api, options: Options): Promise<void> {
  const client = await api.definitions();
  const rows = await readPages(options.limit, async (page) => {
    const { tasks, nextPageToken } = await client.listTasks(page, CALL_LIMIT);
    return { rows: tasks, nextPageToken };
  });
  printRows(options.output, rows, COLUMNS, ({ name }) => name);
}
