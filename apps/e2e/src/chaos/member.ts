import { startService, type ServiceName, type ServiceProcess } from '../harness/service-process.js';
import type { Random } from './random.js';

/** One process of the deployment, started again whenever it ends, as a supervisor would. */
export interface Member {
  readonly name: string;
  readonly service: ServiceName;
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  start(): Promise<void>;
  /** False when it is not running, so that there was nothing to signal. */
  signal(signal: NodeJS.Signals): boolean;
  /** Starts no more; SIGCONT, then SIGTERM, and resolves when it has ended. */
  retire(): Promise<void>;
  /** The last lines of the process that runs now. */
  lines(): readonly string[];
}

export interface MemberOptions {
  readonly name: string;
  readonly service: ServiceName;
  /** Asked at each start. */
  readonly environment: () => Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly random: Random;
  /** Every line of log. */
  readonly onLine: (member: string, line: string) => void;
  /** It ended in a way that no fault asked for. */
  readonly onMisdeed: (member: string, what: string, lines: readonly string[]) => void;
}

/** Beyond TASKFLOW_SHUTDOWN_TIMEOUT, for a process that has little of the machine. */
const TERM_SLACK_MS = 15_000;

/** @param shutdownMs what the process was told as TASKFLOW_SHUTDOWN_TIMEOUT */
export function createMember(options: MemberOptions, shutdownMs: number): Member {
  const { name, service, environment, args, random, onLine, onMisdeed } = options;
  let running: ServiceProcess | undefined;
  let retired = false;
  let asked: NodeJS.Signals | undefined;
  let begun = false;
  let overdue: NodeJS.Timeout | undefined;

  const start = async (): Promise<void> => {
    asked = undefined;
    begun = false;
    const child = startService(service, environment(), args, (line) => onLine(name, line));
    running = child;
    void child.exited.then(({ code, signal }) => {
      clearTimeout(overdue);
      running = undefined;
      judge(child, code, signal);
      if (!retired) setTimeout(() => void (retired || start()), random.int(0, 2000));
    });
    const started = child.started.then(
      () => (begun = true),
      () => false,
    );
    await Promise.race([started, child.exited]);
  };
  const judge = (child: ServiceProcess, code: number | null, signal: NodeJS.Signals | null): void => {
    if (asked === 'SIGKILL') return;
    if (asked === 'SIGTERM' && code === 0) return;
    // Before a process has begun nobody listens to signals, and there is nothing to lose.
    if (asked === 'SIGTERM' && signal === 'SIGTERM' && !begun) return;
    onMisdeed(name, `ended with ${signal ?? code} after ${asked ?? 'no signal'}`, child.lines.slice(-15));
  };
  const send = (signal: NodeJS.Signals): boolean => {
    if (running === undefined) return false;
    // A second one forces the end.
    if (signal === 'SIGTERM' && asked === 'SIGTERM') return false;
    if (signal === 'SIGKILL' || signal === 'SIGTERM') asked = signal;
    const child = running;
    if (signal === 'SIGTERM') {
      clearTimeout(overdue);
      overdue = setTimeout(() => {
        onMisdeed(name, `still runs ${(shutdownMs + TERM_SLACK_MS) / 1000} s after SIGTERM`, child.lines.slice(-15));
        asked = 'SIGKILL';
        child.signal('SIGCONT');
        child.signal('SIGKILL');
      }, shutdownMs + TERM_SLACK_MS);
    }
    child.signal(signal);
    return true;
  };

  return {
    name,
    service,
    get pid() {
      return running?.pid;
    },
    start,
    signal: send,
    async retire() {
      retired = true;
      const child = running;
      if (child === undefined) return;
      send('SIGCONT');
      send('SIGTERM');
      await child.exited;
    },
    lines: () => running?.lines ?? [],
  };
}
