import type { ChildProcess } from 'node:child_process';
import { startCli } from './run-cli.js';

/** What `taskflow up -o json` prints. */
export interface UpLine {
  readonly grpc: string;
  readonly http: string;
  readonly databaseUrl: string;
  readonly folder: string;
  readonly services: Readonly<Record<string, number>>;
}

export interface RunningUp extends UpLine {
  readonly child: ChildProcess;
  /** What it has said on stderr until now. */
  said(): string;
  /** Resolves with the match as soon as it says so. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<number | null>;
}

/** Starts `taskflow up -o json` on free ports, and resolves when it runs. */
export async function startUp(args: readonly string[], cwd: string): Promise<RunningUp> {
  const env = { TASKFLOW_GRPC_PORT: '0', TASKFLOW_HTTP_PORT: '0' };
  const child = startCli(['up', '-o', 'json', ...args], { cwd, env });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let said = '';
  const listeners = new Set<() => void>();
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    for (const listener of listeners) listener();
  });
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text);
    });
    void ended.then(() => reject(new Error(`taskflow up has ended: ${said}`)));
  });
  return {
    ...(JSON.parse(line) as UpLine),
    child,
    ended,
    said: () => said,
    says: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          const match = pattern.exec(said);
          if (match === null) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
      }),
  };
}
