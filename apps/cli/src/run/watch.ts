import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand } from '../api/client-command.js';
import { found } from '../api/found.js';
import { demandSuccess } from '../api/wait.js';
import { CommandFailure } from '../failure/command-failure.js';
import { EXIT } from '../failure/exit-code.js';
import { durationMs } from '../input/option.js';
import { printOne } from '../output/print.js';
import { runFields } from '../output/run.js';
import { ENDED } from '../output/status.js';
import { createRunView } from './view.js';
import type { WaitOptions } from './wait.js';

const LOOK_EVERY_MS = 200;

export function runWatch(): Command {
  return clientCommand('watch', 'show the tasks of a workflow instance until it has ended; exit code as for wait')
    .argument('<id>', 'workflow instance')
    .option('--timeout <duration>', 'give up after this long with exit code 6', durationMs)
    .action((id: string, options: WaitOptions) => withApi(options, (api) => watchRun(api, id, options)));
}

export async function watchRun(api: Api, id: string, options: WaitOptions): Promise<void> {
  const client = await api.instances();
  const view = await createRunView(process.stderr);
  const deadline = performance.now() + (options.timeout ?? Infinity);
  const what = `workflow instance ${id}`;
  for (;;) {
    const { instance, tasks, specJson } = await client.getWorkflowInstance({ id }, CALL_LIMIT);
    const run = found(instance, what);
    view.show({ run, tasks, specJson });
    if (ENDED.has(run.status)) {
      view.end();
      printOne(options.output, run, runFields(run), id);
      return demandSuccess(what, run, `taskflow run get ${id} shows its tasks`);
    }
    if (performance.now() > deadline) {
      view.end();
      const message = `${what} has not ended in the time given (it is ${run.status}); it goes on, look again with the same command`;
      throw new CommandFailure(message, EXIT.waitTimedOut);
    }
    await pause(LOOK_EVERY_MS);
  }
}
