import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { wholeNumber } from '../input/option.js';
import { readPages } from '../output/pages.js';
import { printRows } from '../output/print.js';
import { TOKEN_COLUMNS } from '../output/token.js';

interface Options extends ClientOptions {
  readonly all?: boolean;
  readonly limit: number;
}

export function tokenList(): Command {
  return clientCommand('list', 'list the tokens that are valid, newest first; never the tokens themselves')
    .option('--all', 'also those that have expired or were revoked')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 100_000), 1000)
    .action((options: Options) => withApi(options, (api) => list(api, options)));
}

async function list(api: Api, options: Options): Promise<void> {
  const client = await api.access();
  const rows = await readPages(options.limit, async (page) => {
    const { tokens, nextPageToken } = await client.listTokens(page, CALL_LIMIT);
    return { rows: tokens.filter(({ state }) => options.all === true || state === 'valid'), nextPageToken };
  });
  printRows(options.output, rows, TOKEN_COLUMNS, ({ id }) => id);
}
