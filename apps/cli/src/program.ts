import { Command } from 'commander';
import { version } from '@taskflow/runtime/version';
import { aliases } from './aliases.js';
import { authNoun } from './auth/auth.js';
import { completion } from './completion/completion.js';
import { dbNoun } from './db/db.js';
import { destinationNoun } from './destination/destination.js';
import { doctor } from './doctor/doctor.js';
import { runTask } from './run-task/run-task.js';
import { runNoun } from './run/run.js';
import { scheduleNoun } from './schedule/schedule.js';
import { serveNoun } from './serve/serve.js';
import { taskNoun } from './task/task.js';
import { up } from './up/up.js';
import { versionVerb } from './version.js';
import { workerNoun } from './worker/worker.js';
import { workflowNoun } from './workflow/workflow.js';

const EXIT_CODES = `
Exit codes: 0 ok · 1 failed · 2 usage · 3 not found · 4 access · 5 the awaited run failed · 6 wait timed out ·
7 unavailable · 130 interrupted. Data goes to stdout, everything else to stderr. NO_COLOR is honoured.`;

/** The whole command line. Nothing heavy is loaded before a verb runs. */
export function createProgram(): Command {
  const program = new Command('taskflow')
    .description('Background tasks and workflows on Postgres.')
    .version(version)
    .addHelpText('after', EXIT_CODES);
  const commands = [
    up(),
    serveNoun(),
    workflowNoun(),
    taskNoun(),
    runNoun(),
    scheduleNoun(),
    workerNoun(),
    runTask(),
    destinationNoun(),
    dbNoun(),
    authNoun(),
    doctor(),
    versionVerb(),
    completion(() => program),
  ];
  for (const command of commands) program.addCommand(command);
  for (const alias of aliases()) program.addCommand(alias, { hidden: true });
  throwInsteadOfExiting(program);
  return program;
}

function throwInsteadOfExiting(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExiting(child);
}
