import type { Command } from 'commander';
import { withApi } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { printOne } from '../output/print.js';

export function authWhoami(): Command {
  return clientCommand('whoami', 'tell as whom the api knows you').action((options: ClientOptions) =>
    withApi(options, async (api) => {
      const client = await api.access();
      const caller = await client.whoAmI({}, CALL_LIMIT);
      const name = caller.authenticated ? caller.name : 'anybody: this api asks for no token';
      printOne(options.output, caller, fields({ ...caller, name }), caller.name);
    }),
  );
}

function fields({ name, role, tokenId }: { name: string; role: string; tokenId: string }): [string, string][] {
  return [
    ['name', name],
    ['role', role],
    ['token', tokenId],
  ];
}
