import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { JsonObject } from '@taskflow/domain';
import { within } from '../backoff.js';
import { cutText } from '../worker/log-lines.js';
import { endOfAborted, type Run, type RunEnd } from '../worker/run.js';
import { commandEnvironment, type Variables } from './command-environment.js';
import { CommandError, rootMessage } from './command-error.js';
import { createOomWatch, endOfExit } from './exit-end.js';
import type { Guard } from './guard.js';
import { openInput } from './input-file.js';
import { pipeToLog } from './log-pipe.js';
import { openOutput, type CommandOutput } from './output-file.js';
import { startCommand, type Command } from './start-command.js';
import { createWorkspace, type Workspace } from './workspace.js';

/** Runs the Bash command of a lease. Never rejects. */
export type CommandRunner = (run: Run, traceparent: string) => Promise<RunEnd>;

export interface CommandRunnerOptions {
  readonly guard: Guard;
  /** The worker's environment, of which commands get an allowed part. */
  readonly environment: Variables;
  readonly passEnvironment: readonly string[];
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Where commands start; an empty folder of their own when absent. */
  readonly directory?: string | undefined;
  /** Program and arguments to run instead of the lease's command. */
  readonly program?: readonly string[] | undefined;
}

interface RunSpec {
  readonly bash?: string;
  readonly env?: Variables;
  readonly input_file?: string;
  readonly output_file?: string;
}

/** How long output may still come after the exit: only from a process that has left the group. */
const LATE_OUTPUT_MS = 1000;
const TAIL_LINES = 5;

export function createCommandRunner(options: CommandRunnerOptions): CommandRunner {
  const outOfMemory = createOomWatch();
  return async (run, traceparent) => {
    let workspace: Workspace | undefined;
    try {
      workspace = await createWorkspace(run.lease);
      return await runIn(workspace, run, traceparent, options, outOfMemory);
    } catch (error) {
      if (run.aborted) return endOfAborted(run.aborted);
      const reason = error instanceof CommandError ? error.reason : 'COMMAND_NOT_STARTED';
      const message = cutText(error instanceof CommandError ? error.message : rootMessage(error), 8 * 1024);
      return { outcome: 'failed', reason, message };
    } finally {
      await workspace?.remove().catch((error: unknown) => {
        run.log.write('system', `the temporary folder could not be removed: ${String(error)}`);
      });
    }
  };
}

async function runIn(
  workspace: Workspace,
  run: Run,
  traceparent: string,
  options: CommandRunnerOptions,
  outOfMemory: () => boolean,
): Promise<RunEnd> {
  const { lease } = run;
  const spec = JSON.parse(lease.runJson || '{}') as RunSpec;
  const { program } = options;
  if (!spec.bash && program === undefined)
    throw new CommandError('COMMAND_NOT_STARTED', `the definition of ${lease.task} has no command`);
  const input = await openInput(spec.input_file, run.signal);
  let output: CommandOutput | undefined;
  try {
    const tag = `taskflow-${run.ref.id}-${run.ref.attempt}`;
    if (spec.output_file !== undefined) output = await openOutput(spec.output_file, tag, run.signal);
    const environment = commandEnvironment({
      worker: options.environment,
      pass: options.passEnvironment,
      own: spec.env ?? {},
      params: JSON.parse(lease.paramsJson || '{}') as JsonObject,
      files: workspace.files,
      lease,
      traceparent,
    });
    const commandLine =
      program === undefined
        ? await workspace.commandLine(spec.bash ?? '')
        : ['-c', 'exec "$@"', 'taskflow', ...program];
    if (run.aborted) return endOfAborted(run.aborted);
    const command = startCommand({
      command: commandLine,
      directory: options.directory ?? workspace.directory,
      workspace: workspace.root,
      environment,
      stdin: input.stdio,
      stdout: output?.stdio ?? 'pipe',
      guard: options.guard,
    });
    const end = await supervise(command, run, options.graceMs, input.feed(command.child.stdin), output, outOfMemory);
    if (end !== undefined) return end;
    await output?.commit();
    output = undefined;
    return { outcome: 'success', outputJson: await workspace.readOutput() };
  } finally {
    await output?.discard();
    await input.close();
  }
}

/** Waits for the command, stopping it when the run is aborted or one of its ends breaks. Undefined is success. */
async function supervise(
  command: Command,
  run: Run,
  graceMs: number,
  feeding: Promise<void>,
  output: CommandOutput | undefined,
  outOfMemory: () => boolean,
): Promise<RunEnd | undefined> {
  const { child } = command;
  const tail: string[] = [];
  const remember = (text: string): void => {
    tail.push(...text.split('\n').filter((line) => line.trim() !== ''));
    tail.splice(0, tail.length - TAIL_LINES);
  };
  const log = (): Run['log'] => run.log;
  const reading: Promise<void>[] = [];
  if (child.stderr) reading.push(pipeToLog(child.stderr, log, 'stderr', remember));
  if (child.stdout) reading.push(output ? once(child.stdout) : pipeToLog(child.stdout, log, 'stdout'));
  output?.take(child.stdout);

  let killer: NodeJS.Timeout | undefined;
  let fault: unknown;
  const stop = (): void => {
    command.kill('SIGTERM');
    killer ??= setTimeout(() => command.kill('SIGKILL'), graceMs);
  };
  const breakOff = (error: unknown): void => {
    fault ??= error;
    stop();
  };
  run.onAbort(stop);
  feeding.catch(breakOff);
  output?.broken.catch(breakOff);
  try {
    const exit = await command.exit;
    await readToEnd(Promise.all(reading), [child.stdout, child.stderr], run);
    if (run.aborted) return endOfAborted(run.aborted);
    if (fault !== undefined) throw fault;
    if (exit.code === 0) return undefined;
    return endOfExit(exit, cutText(tail.join('\n'), 4096), outOfMemory());
  } finally {
    clearTimeout(killer);
  }
}

/** Reads what is left in the pipes, unless nothing comes: then a process outside the group holds them open. */
async function readToEnd(all: Promise<unknown>, pipes: readonly (Readable | null)[], run: Run): Promise<void> {
  const open = pipes.filter((pipe): pipe is Socket => pipe instanceof Socket);
  const bytes = (): number => open.reduce((sum, pipe) => sum + pipe.bytesRead, 0);
  let over = false;
  const done = all.then(() => (over = true));
  for (let before = -1; !over && !run.aborted && (before !== bytes() || open.some((pipe) => pipe.isPaused()));) {
    before = bytes();
    await within(done, LATE_OUTPUT_MS);
  }
  for (const pipe of open) pipe.destroy();
}

function once(stream: Readable): Promise<void> {
  return new Promise((resolve) => void stream.once('close', resolve));
}
