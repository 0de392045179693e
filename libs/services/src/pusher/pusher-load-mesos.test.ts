import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSimulator, type Simulator } from '@taskflow/destinations/rig/mesos-simulator';
import { createTaskInstances } from '@taskflow/engine';
import { processEnvironment } from '@taskflow/runtime';
import { openDb } from '@taskflow/store';
import { createTestDatabase, registerTask, sql } from '@taskflow/testing';

const PROGRAM = join(import.meta.dirname, '../../../../apps/pusher/dist/main.js');
/** TASKFLOW_TEST_IN_FLIGHT=5000 for the figures of docs/push.md. */
const TASKS = Number(processEnvironment()['TASKFLOW_TEST_IN_FLIGHT'] ?? 300);
/** Long enough for all of them to run at once. */
const SECONDS = Math.max(2, TASKS / 100);
const MOST_LAG_MS = 15_000;
const MOST_MB = 500;
/** A launch, two updates of its way and its end, each acknowledged, and what is shared by many. */
const MOST_CALLS = 4 * TASKS + 1000;
const PATIENCE_MS = 300_000;

async function startPusher(url: string, file: string): Promise<ChildProcess> {
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TASKFLOW_DATABASE_URL: url,
    TASKFLOW_DATABASE_MIGRATE: 'off',
    TASKFLOW_DESTINATIONS: file,
    TASKFLOW_LOG_LEVEL: 'error',
  };
  const child = spawn(process.execPath, [PROGRAM], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  await once(child, 'spawn');
  return child;
}

/** Most memory that a process ever had, in MB; undefined where there is no /proc. */
async function mostMemory(pid = 0): Promise<number | undefined> {
  const file = `/proc/${String(pid)}/status`;
  if (!existsSync(file)) return undefined;
  const [, kB] = /VmHWM:\s+(\d+)/.exec(await readFile(file, 'utf8')) ?? [];
  return Math.round(Number(kB) / 1024);
}

function lagOf(
  rows: readonly { external_name: string; seen_at: Date }[],
  simulator: Simulator,
): { p50: number; p95: number } {
  const lags = rows.map((row) => row.seen_at.getTime() - (simulator.endedAt.get(row.external_name) ?? Infinity));
  lags.sort((one, other) => one - other);
  const at = (part: number): number => Math.round(lags[Math.floor(part * (lags.length - 1))] ?? Infinity);
  return { p50: at(0.5), p95: at(0.95) };
}

test(
  `${String(TASKS)} tasks are in flight at once, each launched once, and their ends are seen in time`,
  async () => {
    const database = await createTestDatabase();
    const db = openDb({ url: database.url, applicationName: 'pusher-load-test' });
    const folder = await mkdtemp(join(tmpdir(), 'taskflow-load-'));
    const simulator = await openSimulator({ agents: 50, cpus: Math.ceil(TASKS / 400) });
    const settings = { name: 'grid', kind: 'mesos', masters: [simulator.url], user: 'nobody', max_in_flight: TASKS };
    await writeFile(join(folder, 'destinations.yaml'), JSON.stringify({ destinations: [settings] }));
    const bash = `sleep ${String(SECONDS)}`;
    const versionId = await registerTask(db, { name: 't', bash, push_destination: 'grid' });
    const laneId = (await sql<{ lane_id: number }>(db, 'select lane_id from tasks'))[0]?.lane_id ?? 0;
    const row = { taskName: 't', versionId, laneId, priority: 'normal' as const };
    await createTaskInstances(
      db,
      Array.from({ length: TASKS }, () => row),
    );
    const began = performance.now();
    const pusher = await startPusher(database.url, join(folder, 'destinations.yaml'));
    try {
      const count = async (where: string): Promise<number> =>
        (await sql<{ n: number }>(db, `select count(*)::int as n from ${where}`))[0]?.n ?? 0;
      let most = 0;
      let launchedMs = 0;
      while ((await count('task_records where finished_at is not null')) < TASKS) {
        if (performance.now() - began > PATIENCE_MS) throw new Error('they have not ended in time');
        most = Math.max(most, simulator.launched.size - simulator.endedAt.size);
        if (launchedMs === 0 && simulator.launched.size === TASKS) launchedMs = performance.now() - began;
      }
      const seen = await sql<{ external_name: string; seen_at: Date }>(
        db,
        'select external_name, last_observed_at as seen_at from push_jobs',
      );
      const lag = lagOf(seen, simulator);
      const calls = Object.fromEntries(simulator.calls);
      const memory = await mostMemory(pusher.pid);
      const figures = { tasks: TASKS, most, launchedMs: Math.round(launchedMs), lag, memory, calls };
      process.stdout.write(`${JSON.stringify(figures)}\n`);
      expect(most).toBe(TASKS);
      expect([...simulator.launched.values()].filter((times) => times !== 1)).toEqual([]);
      expect(await sql(db, 'select status, count(*)::int from task_records group by 1')).toEqual([
        { status: 'success', count: TASKS },
      ]);
      expect(lag.p95).toBeLessThan(MOST_LAG_MS);
      expect(memory ?? 0).toBeLessThan(MOST_MB);
      expect([...simulator.calls.values()].reduce((sum, n) => sum + n, 0)).toBeLessThan(MOST_CALLS);
    } finally {
      const exited = once(pusher, 'exit');
      pusher.kill('SIGTERM');
      await exited;
      await simulator.close();
      await db.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    }
  },
  PATIENCE_MS + 60_000,
);
