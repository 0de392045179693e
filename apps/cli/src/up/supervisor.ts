import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '@taskflow/runtime/environment';
import { CommandFailure } from '../failure/command-failure.js';
import type { ExitCode } from '../failure/exit-code.js';
import type { Started } from '../serve/parent.js';

export interface ServiceSpec {
  readonly name: 'api' | 'scheduler' | 'pusher' | 'worker';
  readonly environment: Readonly<Record<string, string>>;
}

export interface SupervisorOptions {
  /** In the order in which they are stopped last to first. */
  readonly specs: readonly ServiceSpec[];
  readonly logFolder: string;
  /** A line for the person at the terminal. */
  readonly tell: (line: string) => void;
}

/** Keeps each service running in a process of its own. */
export interface Supervisor {
  /** Resolves when all have started. @throws CommandFailure when one cannot start */
  start(): Promise<void>;
  /** Rejects when a service cannot be kept running. */
  readonly failed: Promise<never>;
  pids(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
  /** Ends all at once. */
  kill(): void;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** One that has run for this long starts anew with the first pause. */
const STEADY_MS = 30_000;
const STOP_LIMIT_MS = 45_000;

interface Kept {
  readonly spec: ServiceSpec;
  child: ChildProcess | undefined;
  startedOnce: boolean;
  pauseMs: number;
  restart: NodeJS.Timeout | undefined;
}

export function createSupervisor({ specs, logFolder, tell }: SupervisorOptions): Supervisor {
  const services = specs.map((spec): Kept => ({
    spec,
    child: undefined,
    startedOnce: false,
    pauseMs: FIRST_PAUSE_MS,
    restart: undefined,
  }));
  let stopping = false;
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);

  const launch = (service: Kept): Promise<void> => {
    const { spec } = service;
    const child = spawnService(spec, join(logFolder, `${spec.name}.log`), service.startedOnce);
    const since = performance.now();
    service.child = child;
    return new Promise((resolve) => {
      child.on('message', (message: Started) => {
        if (!message.started) return;
        if (service.startedOnce) tell(`${spec.name} runs again as process ${child.pid ?? '?'}`);
        service.startedOnce = true;
        resolve();
      });
      child.once('error', (error) => fail(new CommandFailure(`${spec.name} cannot be started: ${error.message}`)));
      child.once('exit', (code, signal) => {
        service.child = undefined;
        if (stopping) return;
        if (!service.startedOnce) return fail(neverStarted(spec, logFolder, code, signal));
        if (performance.now() - since > STEADY_MS) service.pauseMs = FIRST_PAUSE_MS;
        const how = signal === null ? `ended with exit code ${code ?? '?'}` : `was ended by ${signal}`;
        tell(`${spec.name} (process ${child.pid ?? '?'}) ${how}; it starts again in ${service.pauseMs / 1000} s`);
        service.restart = setTimeout(() => void launch(service), service.pauseMs);
        service.pauseMs = Math.min(service.pauseMs * 2, LONGEST_PAUSE_MS);
      });
    });
  };

  return {
    async start() {
      await Promise.race([Promise.all(services.map(launch)), failed]);
    },
    failed,
    pids: () => new Map(services.flatMap(({ spec, child }) => (child?.pid ? [[spec.name, child.pid]] : []))),
    async stop() {
      stopping = true;
      for (const { restart } of services) clearTimeout(restart);
      const order = [['worker'], ['scheduler', 'pusher'], ['api']];
      for (const names of order) {
        await Promise.all(services.filter(({ spec }) => names.includes(spec.name)).map(({ child }) => end(child)));
      }
    },
    kill() {
      stopping = true;
      for (const { child } of services) child?.kill('SIGKILL');
    },
  };
}

/** Megabytes of new objects before they are looked through: 2 instead of 16 keeps idle services small, for a tenth more CPU. */
const YOUNG_SPACE = '--max-semi-space-size';

/** In a session of its own, so that a Ctrl-C reaches this process alone and the services stop in their order. */
function spawnService({ name, environment }: ServiceSpec, logFile: string, again: boolean): ChildProcess {
  const log = openSync(logFile, again ? 'a' : 'w');
  const program = fileURLToPath(new URL('../bin/taskflow.mjs', import.meta.url));
  const env = { ...processEnvironment(), ...environment };
  const own = env['NODE_OPTIONS']?.includes(YOUNG_SPACE) ?? false;
  const child = spawn(process.execPath, [...(own ? [] : [`${YOUNG_SPACE}=2`]), program, 'serve', name], {
    env,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  return child;
}

function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

function neverStarted(
  { name }: ServiceSpec,
  logFolder: string,
  code: number | null,
  signal: NodeJS.Signals | null,
): CommandFailure {
  const file = join(logFolder, `${name}.log`);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const said = lines.filter((line) => line.startsWith('error:') || line.startsWith('  - ')).slice(-10);
  const detail =
    said.length > 0 ? said.join('\n').replace(/^error: /, '') : `its log ends with\n${lines.slice(-5).join('\n')}`;
  const how = signal ?? `exit code ${code ?? '?'}`;
  return new CommandFailure(`${name} did not start (${how}): ${detail}`, (code || 1) as ExitCode);
}
