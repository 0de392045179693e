import type { Postgres } from '../machine/postgres.ts';
import type { RabbitMq } from '../machine/rabbitmq.ts';
import type { Redis } from '../machine/redis.ts';
import { startTaskflow } from '../taskflow/start.ts';
import { python } from './python.ts';
import type { System } from './system.ts';
import { taskflow } from './taskflow.ts';

/** Those of the table of targets that npm or the machine holds. */
export const PEERS = ['graphile-worker', 'pg-boss', 'bullmq', 'dbos', 'pgbench'] as const;
/** Those that are run only when they are asked for: they come from PyPI and the Go proxy. */
export const FURTHER_PEERS = ['celery-rabbitmq', 'celery-redis', 'procrastinate', 'river'] as const;
export type Peer = (typeof PEERS)[number] | (typeof FURTHER_PEERS)[number] | 'taskflow';

export interface Servers {
  readonly folder: string;
  readonly postgres: Postgres;
  readonly redis: Redis | undefined;
  readonly rabbitMq: RabbitMq | undefined;
}

/** Opens a system with a database of its own; a text says why it cannot be run here. */
export async function openSystem(name: Peer, { folder, postgres, redis, rabbitMq }: Servers): Promise<System | string> {
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
    case 'celery-rabbitmq':
    case 'celery-redis': {
      if (!redis) return 'redis-server is not installed';
      if (name === 'celery-rabbitmq' && !rabbitMq) return 'rabbitmq-server is not installed';
      const found = python();
      if (typeof found === 'string') return found;
      const { celery } = await import('./celery.ts');
      return celery(found.command, redis, name === 'celery-rabbitmq' ? rabbitMq : undefined);
    }
    case 'procrastinate': {
      const found = python();
      if (typeof found === 'string') return found;
      const { procrastinate } = await import('./procrastinate.ts');
      return procrastinate(await postgres.create('procrastinate'), found.command);
    }
    case 'river': {
      const { river } = await import('./river.ts');
      return river(await postgres.create('river'), folder);
    }
  }
}
