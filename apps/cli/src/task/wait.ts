import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { demandSuccess, waitForEnd } from '../api/wait.js';
import { durationMs } from '../input/option.js';
import { printOne } from '../output/print.js';
import { taskInstanceFields } from '../output/task-instance.js';

export interface WaitOptions extends ClientOptions {
  readonly timeout?: number;
}

export function taskWait(): Command {
  return clientCommand('wait', 'wait for the end of a task instance; exit code 5 when it does not succeed')
    .argument('<id>', 'task instance')
    .option('--timeout <duration>', 'give up after this long with exit code 6', durationMs)
    .action((id: string, options: WaitOptions) => withApi(options, (api) => awaitTask(api, id, options)));
}

export async function awaitTask(api: Api, id: string, options: WaitOptions): Promise<void> {
  const client = await api.instances();
  const what = `task instance ${id}`;
  const instance = await waitForEnd(what, options.timeout, (wait, limit) =>
    client.waitTaskInstance({ id, ...wait }, limit),
  );
  printOne(options.output, instance, taskInstanceFields(instance), id);
  demandSuccess(what, instance, `taskflow task logs ${id} shows what it wrote`);
}
