import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@taskflow/store/embedded';
import { createTestDatabase } from '@taskflow/testing';
import { isAlive } from '../harness/journal.js';
import { until } from '../harness/until.js';

/** A Postgres of this run's own, which can be taken away. */
export interface ChaosServer {
  readonly port: number;
  /** Of a migrated database whose triggers refuse what the transition tables do not allow. */
  readonly url: string;
  /** Stops it as an administrator does, and starts it again after `awayMs`. */
  restart(awayMs: number): Promise<void>;
  /** Ends it without a checkpoint, as a crash does; it recovers when it starts again after `awayMs`. */
  crash(awayMs: number): Promise<void>;
  stop(): Promise<void>;
}

// What is tested is the loss of the server, not of the machine: writes need not reach the disk.
const SETTINGS = { fsync: 'off', max_connections: '80', log_lock_waits: 'on', deadlock_timeout: '1s' };

export async function startServer(): Promise<ChaosServer> {
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-chaos-'));
  const dataDir = join(folder, 'postgres');
  let running = await startEmbeddedPostgres({ dataDir, settings: SETTINGS });
  const { port } = running;
  process.env['TASKFLOW_TEST_DATABASE_URL'] = running.url;
  const database = await createTestDatabase();
  const start = async (awayMs: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    running = await startEmbeddedPostgres({ dataDir, port, settings: SETTINGS });
  };
  // One at a time: a server that is away cannot be taken away.
  let last: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => (last = last.then(work));
  return {
    port,
    url: database.url,
    restart: (awayMs) =>
      inTurn(async () => {
        await running.stop();
        await start(awayMs);
      }),
    crash: (awayMs) =>
      inTurn(async () => {
        const postmaster = Number.parseInt(readFileSync(join(dataDir, 'data', 'postmaster.pid'), 'utf8'), 10);
        process.kill(postmaster, 'SIGQUIT');
        await until('Postgres has ended', () => Promise.resolve(!isAlive(postmaster)));
        await start(awayMs);
      }),
    async stop() {
      await last;
      await running.stop({ remove: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
