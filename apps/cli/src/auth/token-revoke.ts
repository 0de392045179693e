import type { Command } from 'commander';
import type { Token } from '@taskflow/proto/taskflow/v1/access.js';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { CommandFailure } from '../failure/command-failure.js';
import { EXIT } from '../failure/exit-code.js';
import { readPages } from '../output/pages.js';
import { printOne } from '../output/print.js';
import { tokenFields } from '../output/token.js';

const MOST_TOKENS = 100_000;

export function tokenRevoke(): Command {
  return clientCommand('revoke', 'end a token for good; its streams end within seconds')
    .argument('<token>', 'its name or id, not the token itself')
    .action((idOrName: string, options: ClientOptions) =>
      withApi(options, async (api) => {
        const client = await api.access();
        const id = await findId(api, idOrName);
        const revoked = found((await client.revokeToken({ id }, CALL_LIMIT)).token, `token ${id}`);
        printOne(options.output, revoked, tokenFields(revoked), id);
      }),
    );
}

/** A name wins over an id that is written the same: names of live tokens are unique. */
async function findId(api: Api, idOrName: string): Promise<string> {
  const client = await api.access();
  const named = await readPages(MOST_TOKENS, async (page) => {
    const { tokens, nextPageToken } = await client.listTokens(page, CALL_LIMIT);
    return { rows: tokens.filter((token) => isNamed(token, idOrName)), nextPageToken };
  });
  const [first] = named;
  if (first !== undefined) return first.id;
  if (/^\d+$/.test(idOrName)) return idOrName;
  throw new CommandFailure(
    'No token of this name is there that is not revoked. Look them up: taskflow auth token list --all',
    EXIT.notFound,
  );
}

function isNamed({ name, state }: Token, wanted: string): boolean {
  return name === wanted && state !== 'revoked';
}
