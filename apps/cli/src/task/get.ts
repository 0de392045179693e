import type { Command } from 'commander';
import type { TaskAttempt } from '@taskflow/proto/taskflow/v1/instances.js';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { printOne, table, type Column } from '../output/print.js';
import { statusText } from '../output/status.js';
import { taskInstanceFields } from '../output/task-instance.js';
import { moment, oneLine, took } from '../output/text.js';

const ATTEMPT_COLUMNS: readonly Column<TaskAttempt>[] = [
  ['attempt', ({ attempt }) => String(attempt)],
  ['outcome', ({ outcome }) => statusText(outcome)],
  ['worker', ({ worker }) => worker],
  ['started', ({ startedAt }) => moment(startedAt)],
  ['took', ({ startedAt, endedAt }) => took(startedAt, endedAt)],
  ['why', ({ reason, message }) => oneLine([reason, message].filter((part) => part !== '').join(': '), 80)],
];

export function taskGet(): Command {
  return clientCommand('get', 'show a task instance with its attempts')
    .argument('<id>', 'task instance')
    .action((id: string, options: ClientOptions) => withApi(options, (api) => get(api, id, options)));
}

async function get(api: Api, id: string, options: ClientOptions): Promise<void> {
  const client = await api.instances();
  const [answer, { attempts }] = await Promise.all([
    client.getTaskInstance({ id }, CALL_LIMIT),
    client.listTaskAttempts({ id }, CALL_LIMIT),
  ]);
  const instance = found(answer.instance, `task instance ${id}`);
  printOne(options.output, { ...instance, attempts }, taskInstanceFields(instance), id);
  if (options.output === 'table' && attempts.length > 0) console.log(`\n${table(attempts, ATTEMPT_COLUMNS)}`);
}
