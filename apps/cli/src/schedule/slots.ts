import type { Command } from 'commander';
import type { ScheduleSlot } from '@taskflow/proto/taskflow/v1/schedules.js';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { wholeNumber } from '../input/option.js';
import { readPages } from '../output/pages.js';
import { printRows, type Column } from '../output/print.js';
import { moment, oneLine } from '../output/text.js';
import { findSchedule } from './find.js';

interface Options extends ClientOptions {
  readonly limit: number;
}

const COLUMNS: readonly Column<ScheduleSlot>[] = [
  ['slot', ({ slot }) => moment(slot)],
  ['outcome', ({ outcome }) => outcome],
  ['instance', ({ taskInstanceId, workflowInstanceId }) => taskInstanceId || workflowInstanceId || '-'],
  ['decided', ({ decidedAt }) => moment(decidedAt)],
  ['reason', ({ reason }) => oneLine(reason, 80)],
];

export function scheduleSlots(): Command {
  return clientCommand('slots', 'show every slot that has passed with what came of it, newest first')
    .argument('<schedule>', 'its id, or the name of the Task or Workflow')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 100_000), 50)
    .action((schedule: string, options: Options) => withApi(options, (api) => slots(api, schedule, options)));
}

async function slots(api: Api, idOrName: string, options: Options): Promise<void> {
  const client = await api.schedules();
  const { id } = await findSchedule(api, idOrName);
  const rows = await readPages(options.limit, async (page) => {
    const answer = await client.listScheduleSlots({ id, ...page }, CALL_LIMIT);
    return { rows: answer.slots, nextPageToken: answer.nextPageToken };
  });
  printRows(options.output, rows, COLUMNS, ({ slot }) => slot?.toISOString() ?? '');
}
