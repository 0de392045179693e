import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { now, type Told } from './tally.ts';

export interface WorkerProcess {
  readonly pid: number;
  /** Resolves with the time at which so many handlers had run since its start. */
  reached(count: number): Promise<number>;
  /** What was told so far: how many had run, and when. */
  readonly counts: readonly { readonly count: number; readonly at: number }[];
  /** The next time from submission to start, in milliseconds. */
  pickup(): Promise<number>;
  stop(): Promise<void>;
}

interface Script {
  /** Node when absent. */
  readonly command?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the process sends when it can take work; default is a message of kind `ready`. */
  readonly isReady?: (message: object) => boolean;
}

/** Starts the worker of a system in a process of its own and waits until it takes work. */
export async function startWorkerProcess({
  command,
  args,
  env = {},
  isReady = tellsReady,
}: Script): Promise<WorkerProcess> {
  const child = spawn(command ?? process.execPath, command ? args : ['--no-deprecation', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const counts: { count: number; at: number }[] = [];
  const pickups: number[] = [];
  const waiting: (() => void)[] = [];
  const wake = (): void => waiting.splice(0).forEach((resolve) => resolve());
  let ready = false;
  child.on('message', (message: Told) => {
    if (message.kind === 'count') counts.push(message);
    else if (message.kind === 'pickup') pickups.push(message.ms);
    else if (isReady(message)) ready = true;
    wake();
  });
  child.once('exit', wake);
  const until = async <T>(found: () => T | undefined): Promise<T> => {
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${args[0]} has ended.`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  await until(() => ready || undefined);
  return {
    pid: child.pid ?? 0,
    counts,
    reached: (count) => until(() => counts.find((told) => told.count >= count)?.at),
    pickup: () => until(() => pickups.shift()),
    stop: () => stop(child),
  };
}

function tellsReady(message: object): boolean {
  return 'kind' in message && message.kind === 'ready';
}

const PATIENCE_MS = 15_000;

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await gone;
  clearTimeout(timer);
}

/** Polls until nothing is left, and returns the time of that. */
export async function whenEmpty(isEmpty: () => Promise<boolean>): Promise<number> {
  for (;;) {
    if (await isEmpty()) return now();
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
}
