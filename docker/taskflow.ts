import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../apps/cli/bin/taskflow.mjs');

export interface TaskflowProcess {
  /** Resolves when a service says that it has started, or when the process has ended. */
  readonly started: Promise<unknown>;
  readonly exited: Promise<number | null>;
  stdout(): string;
  stderr(): string;
  terminate(): void;
}

/** The image's entry point as a process, with no other environment than what is given. */
export function taskflow(args: readonly string[], environment: Readonly<Record<string, string>> = {}): TaskflowProcess {
  return program([PROGRAM, ...args], environment);
}

/** Node with these arguments. */
export function program(args: readonly string[], environment: Readonly<Record<string, string>> = {}): TaskflowProcess {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk: Buffer) => {
      written[stream] = (written[stream] + chunk.toString()).slice(-20_000);
    });
  }
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return {
    started: Promise.race([once(child, 'message'), exited]),
    exited,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    terminate: () => void child.kill('SIGTERM'),
  };
}
