import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { CommandError, errorCode } from './command-error.js';
import type { Exit } from './exit-end.js';
import type { Guard } from './guard.js';

export interface StartOptions {
  /** Arguments of bash: `-c` and a command, or a script. */
  readonly command: readonly string[];
  readonly directory: string;
  /** Goes when the guard has to clean up. */
  readonly workspace: string;
  readonly environment: Record<string, string>;
  readonly stdin: number | 'pipe' | 'ignore';
  readonly stdout: number | 'pipe';
  readonly guard: Guard;
}

/** A running command: the leader of a process group of its own. */
export interface Command {
  readonly child: ChildProcess;
  /** @throws CommandError COMMAND_NOT_STARTED */
  readonly exit: Promise<Exit>;
  /** Signals every process of the group. */
  kill(signal: NodeJS.Signals): void;
}

// Waits for a word from the worker before it begins, and does nothing when the worker dies before the guard knows of it.
const GATE = 'read -r -u 3 _ || exit 125; exec 3<&-; exec bash "$@"';

export function startCommand(options: StartOptions): Command {
  const child = spawn('bash', ['-c', GATE, 'bash', ...options.command], {
    cwd: options.directory,
    env: options.environment,
    detached: true,
    stdio: [options.stdin, options.stdout, 'pipe', 'pipe'],
  });
  const group = child.pid;
  const kill = (signal: NodeJS.Signals): void => {
    if (group === undefined) return;
    try {
      process.kill(-group, signal);
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error;
    }
  };
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', (error) => {
      const message = `bash could not be started: ${error.message}. Is bash on the worker's PATH, and the environment below 2 MiB?`;
      reject(new CommandError('COMMAND_NOT_STARTED', message, error));
    });
    child.once('exit', (code, signal) => {
      // What the command has left behind in its group ends with it.
      kill('SIGKILL');
      if (group !== undefined) options.guard.unwatch(group);
      resolve({ code, signal });
    });
  });
  if (group !== undefined) options.guard.watch(group, options.workspace);
  const gate = child.stdio[3] as Writable | null;
  gate?.on('error', () => undefined);
  gate?.end('\n');
  return { child, exit, kill };
}
