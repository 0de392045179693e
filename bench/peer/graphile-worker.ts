import { makeWorkerUtils } from 'graphile-worker';
import { Pool } from 'pg';
import type { System } from './system.ts';
import { startWorkerProcess } from './worker-process.ts';

/** graphile-worker at the settings of its page on performance: 24 jobs at once, a local queue of 500, completions in batches. */
export async function graphileWorker(url: string): Promise<System> {
  const pgPool = new Pool({ connectionString: url, max: 10 });
  // It wants a handler on the pool and on each of its clients.
  pgPool.on('error', (error) => console.error(error));
  pgPool.on('connect', (client) => client.on('error', (error) => console.error(error)));
  const utils = await makeWorkerUtils({ pgPool });
  await utils.migrate();
  return {
    name: 'graphile-worker',
    version: '0.18.0',
    settings: '24 at once, local queue 500, batched completion (pickup: no local queue, no batching)',
    database: 'graphile',
    keepsHistory: false,
    async submitBatch(size) {
      await utils.addJobs(Array.from({ length: size }, () => ({ identifier: 'noop', payload: {} })));
    },
    async purge() {
      await pgPool.query('delete from graphile_worker._private_jobs');
      await pgPool.query('vacuum analyze graphile_worker._private_jobs');
    },
    async isEmpty() {
      const { rowCount } = await pgPool.query('select from graphile_worker._private_jobs limit 1');
      return rowCount === 0;
    },
    startWorker: (purpose) =>
      startWorkerProcess({ args: [`${import.meta.dirname}/worker/graphile-worker.ts`, url, purpose] }),
    async submitOne(sentAt) {
      await utils.addJob('noop', { sentAt });
    },
    async close() {
      await utils.release();
      await pgPool.end();
    },
  };
}
