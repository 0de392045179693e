import { Command } from 'commander';
import { usage } from '../failure/command-failure.js';
import { report } from '../failure/report.js';
import { collect, durationMs } from '../input/option.js';

interface RunTaskOptions {
  readonly module: readonly string[];
  readonly handler?: string;
  readonly grace: number;
  readonly claimTimeout: number;
  readonly reportTimeout: number;
}

const HELP = `
It claims the attempt, so that of two containers one runs it; runs what stands behind --, a handler of --module, or the
Task's own bash; sends its log; hears of a cancel; and reports outcome, output and error. The command writes its output, as
JSON, to the file $TASKFLOW_OUTPUT. It is to be the container's first program; what a job needs for it stands in its
environment, if its destination has an api (docs/push.md). Needs bash.

Exit codes: that of the command · 1 a handler failed · 75 it succeeded, and its output could not be reported · 86 another
container runs the attempt, or its end was asked for · 124 timeout · 143 cancelled or told to stop · 2, 4, 7 nothing was run:
no pushed job, a token of another deployment, api not reached.`;

/** The small entry point in the container of a pushed job. */
export function runTask(): Command {
  return new Command('run-task')
    .description('in the container of a pushed job: claims its attempt, runs it and reports its end')
    .argument('[command...]', 'program and arguments, after --')
    .option('--module <file>', 'module whose exported Tasks it may run; may be given several times', collect, [])
    .option('--handler <name>', "handler of the module; else the Task's")
    .option('--grace <duration>', 'from TERM to KILL, when it is to stop', durationMs, 10_000)
    .option('--claim-timeout <duration>', 'how long the api is tried before anything runs', durationMs, 300_000)
    .option('--report-timeout <duration>', 'how long the end is tried to be reported', durationMs, 600_000)
    .addHelpText('after', HELP)
    .action(async (command: string[], options: RunTaskOptions) => {
      // What a module of the user keeps open must not keep the container.
      process.exit(await run(command, options).catch(report));
    });
}

async function run(command: readonly string[], options: RunTaskOptions): Promise<number> {
  if (command.length > 0 && options.module.length > 0) {
    throw usage('Give a command behind --, or --module, not both.');
  }
  const [{ runJob, stderrLogger }, { processEnvironment }, { readTestSignal }, { handlersOf }, { untilStopped }] =
    await Promise.all([
      import('@taskflow/sdk'),
      import('@taskflow/runtime/environment'),
      import('@taskflow/runtime'),
      import('./handlers-of.js'),
      import('../up/signals.js'),
    ]);
  const signals = untilStopped();
  const code = await runJob({
    environment: processEnvironment(),
    directory: process.cwd(),
    program: command.length === 0 ? undefined : command,
    handlers: await handlersOf(options.module),
    handler: options.handler,
    graceMs: options.grace,
    claimForMs: options.claimTimeout,
    reportForMs: options.reportTimeout,
    mirror: (stream, text) => (stream === 'stdout' ? process.stdout : process.stderr).write(`${text}\n`),
    logger: stderrLogger(),
    signal: signals.signal,
    reached: readTestSignal(),
  });
  signals.close();
  return code;
}
