import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { printOne } from '../output/print.js';
import { taskInstanceFields } from '../output/task-instance.js';

interface Options extends ClientOptions {
  readonly reason: string;
}

export function taskCancel(): Command {
  return clientCommand('cancel', 'end a task instance: at once when it waits; a running one is asked, then killed')
    .argument('<id>', 'task instance')
    .option('--reason <text>', 'for its history', '')
    .action((id: string, options: Options) => withApi(options, (api) => cancel(api, id, options)));
}

async function cancel(api: Api, id: string, options: Options): Promise<void> {
  const client = await api.instances();
  const answer = await client.cancelTaskInstance({ id, reason: options.reason }, CALL_LIMIT);
  const instance = found(answer.instance, `task instance ${id}`);
  printOne(options.output, instance, taskInstanceFields(instance), id);
}
