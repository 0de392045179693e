import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { wholeNumber } from '../input/option.js';
import { readPages } from '../output/pages.js';
import { printRows } from '../output/print.js';
import { SCHEDULE_COLUMNS } from '../output/schedule.js';

interface Options extends ClientOptions {
  readonly of?: string;
  readonly limit: number;
}

export function scheduleList(): Command {
  return clientCommand('list', 'list the schedules with their next slots')
    .option('--of <name>', 'only of this Task or Workflow')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 100_000), 100)
    .action((options: Options) => withApi(options, (api) => list(api, options)));
}

async function list(api: Api, options: Options): Promise<void> {
  const client = await api.schedules();
  const rows = await readPages(options.limit, async (page) => {
    const { schedules, nextPageToken } = await client.listSchedules({ target: options.of ?? '', ...page }, CALL_LIMIT);
    return { rows: schedules, nextPageToken };
  });
  printRows(options.output, rows, SCHEDULE_COLUMNS, ({ id }) => id);
}
