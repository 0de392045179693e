import type { Postgres } from '../machine/postgres.ts';
import type { Redis } from '../machine/redis.ts';
import { startTaskflow } from '../taskflow/start.ts';
import type { System } from './system.ts';
import { taskflow } from './taskflow.ts';

/** Those of the table of targets; others only when they are asked for. */
export const PEERS = ['graphile-worker', 'pg-boss', 'bullmq', 'dbos', 'pgbench'] as const;
export type Peer = (typeof PEERS)[number] | 'taskflow';

/** Opens a system with a database of its own; a text says why it cannot be run here. */
export async function openSystem(name: Peer, postgres: Postgres, redis: Redis | undefined): Promise<System | string> {
  switch (name) {
    case 'taskflow':
      return taskflow(await startTaskflow(await postgres.create('taskflow')));
    case 'graphile-worker': {
      const { graphileWorker } = await import('./graphile-worker.ts');
      return graphileWorker(await postgres.create('graphile'));
    }
    case 'pg-boss': {
      const { pgBoss } = await import('./pg-boss.ts');
      return pgBoss(await postgres.create('pgboss'));
    }
    case 'dbos': {
      const { dbos } = await import('./dbos.ts');
      return dbos(await postgres.create('dbos'));
    }
    case 'bullmq': {
      if (!redis) return 'redis-server is not installed';
      const { bullmq } = await import('./bullmq.ts');
      return bullmq(redis.port);
    }
    case 'pgbench': {
      if (!postgres.tools) return 'the embedded Postgres has no pgbench; install Postgres on this machine';
      const { pgbench } = await import('./pgbench.ts');
      return pgbench(await postgres.create('pgbench'), postgres.tools);
    }
  }
}
