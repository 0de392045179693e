import type { Command } from 'commander';
import type { Api } from '../api/api.js';
import { withApi } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { durationMs, momentOption } from '../input/option.js';
import { readParams, withParamsOptions, type ParamsOptions } from '../input/params.js';
import { printSubmitted } from '../output/submitted.js';
import { awaitTask } from './wait.js';

interface Options extends ClientOptions, ParamsOptions {
  readonly priority?: string;
  readonly runAt?: Date;
  readonly unique?: string;
  readonly queue?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
}

/** `task submit`, and `queue_task` of old. */
export function taskSubmit(name: string): Command {
  return withParamsOptions(clientCommand(name, 'queue an instance of a Task').argument('<task>', 'name of the Task'))
    .option('--priority <priority>', "critical, high, normal or low (default: the Task's)")
    .option('--run-at <moment>', 'not before this moment: ISO 8601, or +30s from now', momentOption)
    .option('--unique <key>', 'while an instance with this key has not ended, return that one')
    .option('--queue <queue>', "queue in place of the Task's")
    .option('--wait', 'wait for its end; exit code 5 when it does not succeed')
    .option('--timeout <duration>', 'with --wait: give up after this long with exit code 6', durationMs)
    .action((task: string, options: Options) => withApi(options, (api) => submit(api, task, options)));
}

async function submit(api: Api, task: string, options: Options): Promise<void> {
  const client = await api.submissions();
  const answer = await client.submitTask(
    {
      task,
      paramsJson: await readParams(options),
      priority: options.priority ?? '',
      runAt: options.runAt,
      queue: options.queue ?? '',
      requestId: '',
      unique: options.unique === undefined ? undefined : { key: options.unique, scope: '', onConflict: '' },
    },
    CALL_LIMIT,
  );
  if (options.wait) return awaitTask(api, answer.id, options);
  printSubmitted(options.output, answer, `task ${task}`, `taskflow task wait ${answer.id}`);
}
