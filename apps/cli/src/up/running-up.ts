import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a `taskflow up` leaves in its folder for the commands that are typed beside it. */
export interface RunningUp {
  /** Of the supervisor: its id, and when it started, since ids come back. */
  readonly owner: string;
  readonly pid: number;
  /** host:port of gRPC. */
  readonly grpc: string;
  /** URL of REST. */
  readonly http: string;
  readonly databaseUrl: string;
  /** Where the api asks for one. */
  readonly token?: string | undefined;
}

export const UP_FOLDER = '.taskflow';

export function upFile(folder: string): string {
  return join(folder, 'up.json');
}

/** The `taskflow up` that runs in this folder, if one does. */
export function findRunningUp(folder = UP_FOLDER): RunningUp | undefined {
  const file = upFile(folder);
  if (!existsSync(file)) return undefined;
  const up = JSON.parse(readFileSync(file, 'utf8')) as RunningUp;
  return identityOf(up.pid) === up.owner ? up : undefined;
}

/** Tells a process from a later one with the same id; undefined when there is none. */
export function identityOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return `${pid}`;
  const started = readFileSync(stat, 'utf8').split(') ').at(-1)?.split(' ')[19];
  return `${pid} ${started ?? ''}`;
}
