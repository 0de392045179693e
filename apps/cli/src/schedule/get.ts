import type { Command } from 'commander';
import { withApi } from '../api/api.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { printOne } from '../output/print.js';
import { scheduleFields } from '../output/schedule.js';
import { findSchedule } from './find.js';

export function scheduleGet(): Command {
  return clientCommand('get', 'show a schedule')
    .argument('<schedule>', 'its id, or the name of the Task or Workflow')
    .action((idOrName: string, options: ClientOptions) =>
      withApi(options, async (api) => {
        const schedule = await findSchedule(api, idOrName);
        printOne(options.output, schedule, scheduleFields(schedule), schedule.id);
      }),
    );
}
