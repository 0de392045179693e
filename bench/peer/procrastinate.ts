import { join } from 'node:path';
import { Pool } from 'pg';
import { startDriver } from './driver.ts';
import type { System } from './system.ts';
import { startWorkerProcess } from './worker-process.ts';

const FOLDER = join(import.meta.dirname, 'procrastinate');

/** Procrastinate with 20 jobs at once over 20 connections, woken by LISTEN/NOTIFY. */
export async function procrastinate(url: string, python: string): Promise<System> {
  const env = { BENCH_DATABASE: url, PYTHONPATH: FOLDER };
  const driver = await startDriver(python, [join(FOLDER, 'driver.py')], env);
  const pool = new Pool({ connectionString: url, max: 1 });
  return {
    name: 'procrastinate',
    version: '3.10.0',
    settings: '20 at once over 20 connections, notify',
    database: 'procrastinate',
    keepsHistory: true,
    scale: 40,
    async submitBatch(size) {
      await driver.ask({ do: 'fill', count: size });
    },
    async purge() {
      await pool.query('truncate procrastinate_jobs cascade');
    },
    async isEmpty() {
      const { rowCount } = await pool.query(`select from procrastinate_jobs where status in ('todo', 'doing') limit 1`);
      return rowCount === 0;
    },
    startWorker: () => startWorkerProcess({ command: python, args: [join(FOLDER, 'worker.py')], env }),
    async submitOne(sentAt) {
      await driver.ask({ do: 'one', sentAt });
    },
    async close() {
      await driver.stop();
      await pool.end();
    },
  };
}
