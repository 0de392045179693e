import { join } from 'node:path';
import type { RabbitMq } from '../machine/rabbitmq.ts';
import type { Redis } from '../machine/redis.ts';
import { startDriver } from './driver.ts';
import type { System } from './system.ts';
import { startWorkerProcess } from './worker-process.ts';

const FOLDER = join(import.meta.dirname, 'celery');

/** Celery on RabbitMQ or Redis with eight processes and late acknowledgement. Results, where asked for, are in Redis. */
export async function celery(python: string, redis: Redis, rabbitMq?: RabbitMq): Promise<System> {
  const backend = `redis://127.0.0.1:${redis.port}/1`;
  const env = {
    BENCH_BROKER: rabbitMq?.url ?? `redis://127.0.0.1:${redis.port}/2`,
    BENCH_BACKEND: backend,
    PYTHONPATH: FOLDER,
    // It warns about being run by root.
    PYTHONWARNINGS: 'ignore',
  };
  const driver = await startDriver(python, [join(FOLDER, 'driver.py')], env);
  return {
    name: rabbitMq ? 'celery-rabbitmq' : 'celery-redis',
    version: '5.7.0',
    settings: `8 processes, acks_late, prefetch 50 each, results ignored but in chains, ${rabbitMq ? `RabbitMQ ${rabbitMq.version}` : 'Redis'}`,
    keepsHistory: false,
    scale: 20,
    async submitBatch(size) {
      await driver.ask({ do: 'fill', count: size });
    },
    async purge() {
      await driver.ask({ do: 'purge' });
    },
    isEmpty: () => Promise.resolve(true),
    startWorker: () =>
      startWorkerProcess({
        command: python,
        args: [
          ...'-m celery -A app worker -c 8 -l CRITICAL --without-gossip --without-mingle --without-heartbeat'.split(
            ' ',
          ),
        ],
        env,
      }),
    async submitOne(sentAt) {
      await driver.ask({ do: 'one', sentAt });
    },
    async runChain(steps) {
      await driver.ask({ do: 'chain', steps });
    },
    async runFanOut() {
      await driver.ask({ do: 'fanout' });
    },
    close: driver.stop,
  };
}
