import { Option, type Command } from 'commander';
import { withApi } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { durationMs } from '../input/option.js';
import { tokenFields } from '../output/token.js';
import { printOne } from '../output/print.js';

interface Options extends ClientOptions {
  readonly role: string;
  readonly expires?: number;
}

export function tokenCreate(): Command {
  return clientCommand('create', 'make a token; it is printed this once and cannot be shown again')
    .argument('<name>', 'what it is for: shown in histories as the one who did something')
    .addOption(
      new Option('--role <role>', 'what its holder may do')
        .choices(['viewer', 'operator', 'admin', 'worker'])
        .makeOptionMandatory(),
    )
    .option('--expires <duration>', 'how long it is valid, such as 90d; for ever when absent', durationMs)
    .action((name: string, options: Options) =>
      withApi(options, async (api) => {
        const client = await api.access();
        const { role, expires } = options;
        const ttl = expires === undefined ? undefined : { seconds: BigInt(Math.ceil(expires / 1000)), nanos: 0 };
        const { token, secret } = await client.createToken({ name, role, ttl }, CALL_LIMIT);
        const made = found(token, `token ${name}`);
        // `-o name` gives the token itself, for `TASKFLOW_TOKEN=$(…)`.
        printOne(options.output, { ...made, secret }, [...tokenFields(made), ['token', secret]], secret);
        if (options.output === 'table')
          console.error('Keep it now: it is stored nowhere. Its holder sets TASKFLOW_TOKEN.');
      }),
    );
}
