import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { printOne } from '../output/print.js';
import { taskInstanceFields } from '../output/task-instance.js';

export function taskRetry(): Command {
  return clientCommand('retry', 'queue an ended task instance again, with fresh retries')
    .argument('<id>', 'task instance')
    .action((id: string, options: ClientOptions) => withApi(options, (api) => retry(api, id, options)));
}

async function retry(api: Api, id: string, options: ClientOptions): Promise<void> {
  const client = await api.instances();
  const answer = await client.retryTaskInstance({ id }, CALL_LIMIT);
  const instance = found(answer.instance, `task instance ${id}`);
  printOne(options.output, instance, taskInstanceFields(instance), id);
}
