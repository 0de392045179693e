import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { printOne } from '../output/print.js';
import { runFields } from '../output/run.js';

export function runRetry(): Command {
  return clientCommand('retry', 'run what failed in an ended workflow instance again; successful outputs are kept')
    .argument('<id>', 'workflow instance')
    .action((id: string, options: ClientOptions) => withApi(options, (api) => retry(api, id, options)));
}

async function retry(api: Api, id: string, options: ClientOptions): Promise<void> {
  const client = await api.instances();
  const answer = await client.retryWorkflowInstance({ id }, CALL_LIMIT);
  const run = found(answer.instance, `workflow instance ${id}`);
  printOne(options.output, run, runFields(run), id);
}
