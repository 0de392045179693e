import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { momentOption, wholeNumber } from '../input/option.js';
import { readPages } from '../output/pages.js';
import { printRows } from '../output/print.js';
import { RUN_COLUMNS } from '../output/run.js';

interface Options extends ClientOptions {
  readonly status?: string[];
  readonly workflow?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly limit: number;
}

export function runList(): Command {
  return clientCommand('list', 'list workflow instances, newest first')
    .option('--status <status...>', 'only these statuses, such as failed running')
    .option('--workflow <name>', 'only of this Workflow')
    .option('--since <moment>', 'created after', momentOption)
    .option('--until <moment>', 'created before', momentOption)
    .option('--limit <count>', 'at most so many', wholeNumber(1, 100_000), 50)
    .action((options: Options) => withApi(options, (api) => list(api, options)));
}

async function list(api: Api, options: Options): Promise<void> {
  const client = await api.instances();
  const filter = {
    status: options.status ?? [],
    workflow: options.workflow ?? '',
    createdAfter: options.since,
    createdBefore: options.until,
  };
  const rows = await readPages(options.limit, async (page) => {
    const { instances, nextPageToken } = await client.listWorkflowInstances({ ...filter, ...page }, CALL_LIMIT);
    return { rows: instances, nextPageToken };
  });
  printRows(options.output, rows, RUN_COLUMNS, ({ id }) => id);
}
