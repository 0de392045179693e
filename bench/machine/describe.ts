import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import type { Postgres } from './postgres.ts';
import type { Redis } from './redis.ts';

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly postgres: string;
  readonly redis: string | null;
  readonly commit: string;
}

export function describeMachine(postgres: Postgres, redis: Redis | undefined): Machine {
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? '',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    postgres: `${postgres.version} (fsync and synchronous_commit on; ${postgres.settings})`,
    redis: redis ? `${redis.version} (append-only file written each second)` : null,
    commit: execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }).trim(),
  };
}
