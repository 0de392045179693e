import type { Command } from 'commander';
import { processEnvironment } from '@taskflow/runtime/environment';
import { outputCommand } from '../api/client-command.js';
import { CommandFailure, usage } from '../failure/command-failure.js';
import { EXIT } from '../failure/exit-code.js';
import { printRows, type Column, type Format } from '../output/print.js';
import { oneLine, styled } from '../output/text.js';

interface Options {
  readonly output: Format;
  readonly all?: boolean;
  readonly file?: string;
}

interface Row {
  readonly destination: string;
  readonly what: string;
  readonly state: 'ok' | 'failed' | 'unproven';
  readonly told: string;
}

const COLOURS = { ok: 'green', failed: 'red', unproven: 'yellow' } as const;
const COLUMNS: readonly Column<Row>[] = [
  ['destination', ({ destination }) => destination],
  ['what', ({ what }) => what],
  ['', ({ state }) => styled(COLOURS[state], state)],
  ['found', ({ told }) => oneLine(told, 300)],
];

export function destinationCheck(): Command {
  return outputCommand(
    'check',
    'prove at the real place that what a destination needs is so: access, each permission, a trial submit; makes nothing there',
  )
    .argument('[names...]', 'push destinations of the file')
    .option('--all', 'every one of the file')
    .option(
      '-f, --file <path>',
      'the file that names them; else $TASKFLOW_DESTINATIONS and $TASKFLOW_DESTINATIONS_INLINE',
    )
    .action(check);
}

async function check(names: readonly string[], options: Options): Promise<void> {
  if (names.length === 0 && options.all !== true) throw usage('give the name of a destination, or --all');
  const environment = processEnvironment();
  const source =
    options.file === undefined
      ? {
          destinations: environment['TASKFLOW_DESTINATIONS'] || undefined,
          destinationsInline: environment['TASKFLOW_DESTINATIONS_INLINE'] || undefined,
        }
      : { destinations: options.file };
  if (source.destinations === undefined && source.destinationsInline === undefined) {
    throw usage('no destinations are named: give --file, or TASKFLOW_DESTINATIONS as the pusher has it');
  }
  const { checkDestination, readDestinations } = await import('@taskflow/services/pusher');
  const configs = await readDestinations(source);
  const unknown = names.find((name) => configs.every((config) => config.name !== name));
  if (unknown !== undefined) {
    const known = configs.map(({ name }) => name).join(', ') || 'none';
    throw new CommandFailure(
      `there is no destination ${JSON.stringify(unknown)} in the file; known: ${known}`,
      EXIT.notFound,
    );
  }
  const chosen = configs.filter(({ name }) => options.all === true || names.includes(name));
  const found = await Promise.all(
    chosen.map(async (config) =>
      (await checkDestination(config)).map((item): Row => ({ destination: config.name, ...item })),
    ),
  );
  const rows = found.flat();
  printRows(options.output, rows, COLUMNS, ({ destination, what, state }) => `${destination}/${what}: ${state}`);
  const failed = rows.filter(({ state }) => state === 'failed');
  if (failed.length > 0) throw new CommandFailure(`${failed.length} of ${rows.length} checks failed`);
}
