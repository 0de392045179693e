import type { Command } from 'commander';
import type { Workflow } from '@taskflow/proto/taskflow/v1/definitions.js';
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

const COLUMNS: readonly Column<Workflow>[] = [
  ['workflow', ({ name }) => name],
  ['active', ({ active }) => (active ? 'yes' : 'no')],
  ['priority', ({ defaultPriority }) => defaultPriority],
  ['updated', ({ updatedAt }) => moment(updatedAt)],
  ['title', ({ title }) => oneLine(title, 60)],
];

export function workflowList(): Command {
  return clientCommand('list', 'list the registered Workflows by name')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 100_000), 100)
    .action((options: Options) => withApi(options, (api) => list(api, options)));
}

async function list(api: Api, options: Options): Promise<void> {
  const client = await api.definitions();
  const rows = await readPages(options.limit, async (page) => {
    const { workflows, nextPageToken } = await client.listWorkflows(page, CALL_LIMIT);
    return { rows: workflows, nextPageToken };
  });
  printRows(options.output, rows, COLUMNS, ({ name }) => name);
}
