import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const LAUNCHER = join(import.meta.dirname, '../../../cli/bin/taskflow.mjs');
const KEPT_LINES = 400;

export type ServiceName = 'api' | 'scheduler' | 'pusher' | 'worker';

/** A service as a process of its own, started by the command that users deploy. */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number;
  /** What it has written to stderr, newest last. */
  readonly lines: readonly string[];
  /** Resolves when the service says that it has started; fails when it ends before. */
  readonly started: Promise<void>;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when that does not end it in 20 s. Resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** @param onLine is shown every line that it writes to stderr */
export function startService(
  service: ServiceName,
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  onLine?: (line: string) => void,
): ServiceProcess {
  const child = spawn(process.execPath, [LAUNCHER, 'serve', service, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TASKFLOW_LOG_LEVEL: 'debug', ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const lines = keepLines(child, onLine);
  const exited = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const started = Promise.race([
    new Promise<void>((resolve) => child.once('message', () => resolve())),
    exited.then(({ code, signal }) => {
      throw new Error(`${service} ended before it had started (${signal ?? code}):\n${lines.slice(-20).join('\n')}`);
    }),
  ]);
  started.catch(() => undefined);
  return {
    name: service,
    pid: child.pid ?? 0,
    lines,
    started,
    exited,
    signal: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const { code } = await exited;
      clearTimeout(patience);
      return code;
    },
  };
}

function keepLines(child: ChildProcess, onLine?: (line: string) => void): string[] {
  const lines: string[] = [];
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    if (onLine) for (const line of parts) onLine(line);
    lines.splice(0, lines.length - KEPT_LINES);
  });
  return lines;
}
