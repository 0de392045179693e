import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { durationMs, momentOption } from '../input/option.js';
import { readParams, withParamsOptions, type ParamsOptions } from '../input/params.js';
import { printSubmitted } from '../output/submitted.js';
import { awaitRun } from '../run/wait.js';
import { watchRun } from '../run/watch.js';

interface Options extends ClientOptions, ParamsOptions {
  readonly priority?: string;
  readonly runAt?: Date;
  readonly unique?: string;
  readonly wait?: boolean;
  readonly watch?: boolean;
  readonly timeout?: number;
}

/** `workflow run`, and `queue_workflow` of old. */
export function workflowRun(name: string): Command {
  return withParamsOptions(
    clientCommand(name, 'queue an instance of a Workflow').argument('<workflow>', 'name of the Workflow'),
  )
    .option('--priority <priority>', "critical, high, normal or low (default: the Workflow's)")
    .option('--run-at <moment>', 'not before this moment: ISO 8601, or +30s from now', momentOption)
    .option('--unique <key>', 'while an instance with this key has not ended, return that one')
    .option('--wait', 'wait for its end; exit code 5 when it does not succeed')
    .option('--watch', 'as --wait, and show its tasks meanwhile')
    .option('--timeout <duration>', 'with --wait or --watch: give up after this long with exit code 6', durationMs)
    .action((workflow: string, options: Options) => withApi(options, (api) => run(api, workflow, options)));
}

async function run(api: Api, workflow: string, options: Options): Promise<void> {
  const client = await api.submissions();
  const answer = await client.submitWorkflow(
    {
      workflow,
      paramsJson: await readParams(options),
      priority: options.priority ?? '',
      runAt: options.runAt,
      requestId: '',
      unique: options.unique === undefined ? undefined : { key: options.unique, scope: '', onConflict: '' },
    },
    CALL_LIMIT,
  );
  if (options.watch) return watchRun(api, answer.id, options);
  if (options.wait) return awaitRun(api, answer.id, options);
  printSubmitted(options.output, answer, `workflow ${workflow}`, `taskflow run watch ${answer.id}`);
}
