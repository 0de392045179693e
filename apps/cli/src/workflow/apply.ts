import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { collect } from '../input/option.js';
import { APPLIED_COLUMNS } from '../output/applied.js';
import { printRows } from '../output/print.js';

interface Options extends ClientOptions {
  readonly file: string[];
  readonly dryRun?: boolean;
}

export function workflowApply(): Command {
  return clientCommand('apply', 'register the Tasks and Workflows of files and make them current, all or none')
    .requiredOption(
      '-f, --file <path>',
      'YAML, JSON, or a module that exports them; - is stdin (may be repeated)',
      collect,
    )
    .option('--dry-run', 'say what would change, and store nothing')
    .action((options: Options) => withApi(options, (api) => apply(api, options)));
}

async function apply(api: Api, options: Options): Promise<void> {
  const { readDefinitions } = await import('../definition/read-definitions.js');
  const request = { definitions: await readDefinitions(options.file) };
  const client = await api.definitions();
  const { definitions } = options.dryRun
    ? await client.validateDefinitions(request, CALL_LIMIT)
    : await client.applyDefinitions(request, CALL_LIMIT);
  printRows(options.output, definitions, APPLIED_COLUMNS, ({ name }) => name);
}
