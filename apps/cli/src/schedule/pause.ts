import type { Command } from 'commander';
import { withApi } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { printOne } from '../output/print.js';
import { scheduleFields } from '../output/schedule.js';
import { findSchedule } from './find.js';

export function schedulePause(): Command {
  return switchCommand('pause', 'fire no more; slots that pass meanwhile are kept as skipped_paused', 'pauseSchedule');
}

export function scheduleResume(): Command {
  return switchCommand('resume', 'fire again from now on', 'resumeSchedule');
}

function switchCommand(verb: string, description: string, method: 'pauseSchedule' | 'resumeSchedule'): Command {
  return clientCommand(verb, description)
    .argument('<schedule>', 'its id, or the name of the Task or Workflow')
    .action((idOrName: string, options: ClientOptions) =>
      withApi(options, async (api) => {
        const { id } = await findSchedule(api, idOrName);
        const client = await api.schedules();
        const answer = await client[method]({ id }, CALL_LIMIT);
        const schedule = found(answer.schedule, `schedule ${id}`);
        printOne(options.output, schedule, scheduleFields(schedule), id);
      }),
    );
}
