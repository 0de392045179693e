import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { EVENT_COLUMNS } from '../output/event.js';
import { printRows } from '../output/print.js';

export function taskEvents(): Command {
  return clientCommand('events', 'print the history of a task instance in order')
    .argument('<id>', 'task instance')
    .action((id: string, options: ClientOptions) => withApi(options, (api) => events(api, id, options)));
}

async function events(api: Api, id: string, options: ClientOptions): Promise<void> {
  const client = await api.instances();
  const answer = await client.listTaskEvents({ id }, CALL_LIMIT);
  printRows(options.output, answer.events, EVENT_COLUMNS, ({ type }) => type);
}
