import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Pool } from 'pg';
import { startDriver } from './driver.ts';
import type { System } from './system.ts';
import { startWorkerProcess } from './worker-process.ts';

/** River, built here, with 2,000 jobs at once that are fetched without a pause, and COPY to submit; a text says why it cannot be built. */
export async function river(url: string, folder: string): Promise<System | string> {
  const program = join(folder, 'river');
  const built = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: join(import.meta.dirname, 'river'),
    encoding: 'utf8',
  });
  if (built.status !== 0) return built.stderr ? `it could not be built: ${built.stderr.trim()}` : 'go is not installed';
  const driver = await startDriver(program, ['drive', url], {});
  const pool = new Pool({ connectionString: url, max: 1 });
  return {
    name: 'river',
    version: '0.51.2',
    settings: '2,000 at once, fetch cooldown 1 ms, COPY to submit',
    database: 'river',
    keepsHistory: true,
    async submitBatch(size) {
      await driver.ask({ do: 'fill', count: size });
    },
    async purge() {
      await pool.query('truncate river_job');
    },
    async isEmpty() {
      const { rowCount } = await pool.query(`select from river_job where state in ('available', 'running') limit 1`);
      return rowCount === 0;
    },
    startWorker: () => startWorkerProcess({ command: program, args: ['work', url] }),
    async submitOne(sentAt) {
      await driver.ask({ do: 'one', sentAt });
    },
    async close() {
      await driver.stop();
      await pool.end();
    },
  };
}
