import { Pool } from 'pg';
import { PgBoss } from 'pg-boss';
import type { System } from './system.ts';
import { startWorkerProcess } from './worker-process.ts';

/** pg-boss with two workers that take batches of 500 without a pause, and for pickup with LISTEN/NOTIFY. */
export async function pgBoss(url: string): Promise<System> {
  const boss = new PgBoss({ connectionString: url, max: 10 });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue('noop');
  await boss.createQueue('quick', { notify: true });
  const pool = new Pool({ connectionString: url, max: 2 });
  return {
    name: 'pg-boss',
    version: '12.38.0',
    settings: '2 workers with batches of 500, fetching without a pause (pickup: notify)',
    database: 'pgboss',
    keepsHistory: true,
    async submitBatch(size) {
      await boss.insert(
        'noop',
        Array.from({ length: size }, () => ({ data: {} })),
      );
    },
    async purge() {
      await boss.deleteAllJobs('noop');
      await pool.query('vacuum analyze pgboss.job');
    },
    async isEmpty() {
      const { rowCount } = await pool.query(
        `select from pgboss.job where name = 'noop' and state < 'completed' limit 1`,
      );
      return rowCount === 0;
    },
    startWorker: (purpose) => startWorkerProcess({ args: [`${import.meta.dirname}/worker/pg-boss.ts`, url, purpose] }),
    async submitOne(sentAt) {
      await boss.send('quick', { sentAt });
    },
    async close() {
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}
