import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { usage } from '../failure/command-failure.js';
import { momentOption, wholeNumber } from '../input/option.js';
import { printRows, type Column } from '../output/print.js';
import { moment } from '../output/text.js';
import { findSchedule } from './find.js';

interface Options extends ClientOptions {
  readonly cron?: string;
  readonly timezone?: string;
  readonly after?: Date;
  readonly count: number;
}

export function scheduleNext(): Command {
  return clientCommand('next', 'show the next slots of a schedule, or of a cron expression; touches nothing')
    .argument('[schedule]', 'its id, or the name of the Task or Workflow')
    .option('--cron <expression>', "in place of a schedule: a cron expression, such as '0 6 * * 1-5'")
    .option('--timezone <zone>', 'with --cron: IANA zone (default: UTC)')
    .option('--after <moment>', 'from this moment (default: now)', momentOption)
    .option('--count <count>', 'so many slots', wholeNumber(1, 1000), 10)
    .action((schedule: string | undefined, options: Options) =>
      withApi(options, (api) => next(api, schedule, options)),
    );
}

interface Slot {
  readonly slot: Date;
}

async function next(api: Api, schedule: string | undefined, options: Options): Promise<void> {
  if ((schedule === undefined) === (options.cron === undefined)) {
    throw usage('give either a schedule or --cron, for example: taskflow schedule next --cron "0 6 * * *"');
  }
  const client = await api.schedules();
  const source =
    schedule === undefined
      ? { id: '', specJson: JSON.stringify({ cron: options.cron, timezone: options.timezone }) }
      : { id: (await findSchedule(api, schedule)).id, specJson: '' };
  const request = { ...source, count: options.count, after: options.after };
  const { slots, description, timezone } = await client.previewSchedule(request, CALL_LIMIT);
  if (options.output === 'table') console.error(`${description} (${timezone})`);
  const rows = slots.map((slot) => ({ slot }));
  printRows(options.output, rows, columns(timezone), ({ slot }) => slot.toISOString());
}

function columns(timezone: string): readonly Column<Slot>[] {
  const utc: Column<Slot> = ['UTC', ({ slot }) => moment(slot)];
  if (timezone === '' || timezone === 'UTC') return [utc];
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  return [utc, [timezone, ({ slot }) => local.format(slot)]];
}
