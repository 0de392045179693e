import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface Redis {
  readonly version: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The machine's redis-server with the append-only file at its default (each second); nothing where it is not installed. */
export async function startRedis(folder: string): Promise<Redis | undefined> {
  const asked = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  if (asked.status !== 0) return undefined;
  const dir = join(folder, 'redis');
  mkdirSync(dir);
  const port = await freePort();
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'yes'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  for await (const text of child.stdout.setEncoding('utf8')) if (String(text).includes('Ready to accept')) break;
  return {
    version: /v=(\S+)/.exec(asked.stdout)?.[1] ?? '',
    port,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
