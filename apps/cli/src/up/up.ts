import { type Command } from 'commander';
import { outputCommand } from '../api/client-command.js';
import { wholeNumber } from '../input/option.js';
import { UP_FOLDER } from './running-up.js';
import type { UpOptions } from './run-up.js';

export function up(): Command {
  return outputCommand('up', 'run all of Taskflow here, for development: Postgres and the four services')
    .option('--dir <folder>', 'where the database and the logs are kept', UP_FOLDER)
    .option('--ephemeral', 'keep nothing: a temporary folder, removed at the end')
    .option('--load <module...>', 'modules whose exported Tasks and Workflows the worker registers and runs')
    .option('--grpc-port <port>', 'also: TASKFLOW_GRPC_PORT (default: 7233, or a free one)', wholeNumber(1, 65_535))
    .option('--http-port <port>', 'also: TASKFLOW_HTTP_PORT (default: 8080, or a free one)', wholeNumber(1, 65_535))
    .option('--no-sample', 'do not register the sample workflow')
    .addHelpText(
      'after',
      '\nA TASKFLOW_DATABASE_URL is used in place of a Postgres of its own. Code of loaded modules finds the database of' +
        '\nthis `up` under DATABASE_URL, unless that is set already.',
    )
    .action(async (options: UpOptions) => {
      const { runUp } = await import('./run-up.js');
      await runUp(options);
    });
}
