import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { printOne } from '../output/print.js';
import { runFields } from '../output/run.js';

interface Options extends ClientOptions {
  readonly reason: string;
}

export function runCancel(): Command {
  return clientCommand('cancel', 'end a workflow instance and every task of it')
    .argument('<id>', 'workflow instance')
    .option('--reason <text>', 'for its history', '')
    .action((id: string, options: Options) => withApi(options, (api) => cancel(api, id, options)));
}

async function cancel(api: Api, id: string, options: Options): Promise<void> {
  const client = await api.instances();
  const answer = await client.cancelWorkflowInstance({ id, reason: options.reason }, CALL_LIMIT);
  const run = found(answer.instance, `workflow instance ${id}`);
  printOne(options.output, run, runFields(run), id);
}
