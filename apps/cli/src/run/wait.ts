import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { demandSuccess, waitForEnd } from '../api/wait.js';
import { durationMs } from '../input/option.js';
import { printOne } from '../output/print.js';
import { runFields } from '../output/run.js';

export interface WaitOptions extends ClientOptions {
  readonly timeout?: number;
}

export function runWait(): Command {
  return clientCommand('wait', 'wait for the end of a workflow instance; exit code 5 when it does not succeed')
    .argument('<id>', 'workflow instance')
    .option('--timeout <duration>', 'give up after this long with exit code 6', durationMs)
    .action((id: string, options: WaitOptions) => withApi(options, (api) => awaitRun(api, id, options)));
}

export async function awaitRun(api: Api, id: string, options: WaitOptions): Promise<void> {
  const client = await api.instances();
  const what = `workflow instance ${id}`;
  const run = await waitForEnd(what, options.timeout, (wait, limit) =>
    client.waitWorkflowInstance({ id, ...wait }, limit),
  );
  printOne(options.output, run, runFields(run), id);
  demandSuccess(what, run, `taskflow run get ${id} shows its tasks`);
}
