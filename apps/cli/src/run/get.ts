import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { printOne } from '../output/print.js';
import { runFields } from '../output/run.js';
import { drawTree } from './view.js';

export function runGet(): Command {
  return clientCommand('get', 'show a workflow instance with its tasks')
    .argument('<id>', 'workflow instance')
    .action((id: string, options: ClientOptions) => withApi(options, (api) => get(api, id, options)));
}

async function get(api: Api, id: string, options: ClientOptions): Promise<void> {
  const client = await api.instances();
  const { instance, tasks, specJson } = await client.getWorkflowInstance({ id }, CALL_LIMIT);
  const run = found(instance, `workflow instance ${id}`);
  printOne(options.output, { ...run, tasks }, runFields(run), id);
  if (options.output === 'table') console.log(`\n${drawTree({ run, tasks, specJson }, process.stdout).join('\n')}`);
}
