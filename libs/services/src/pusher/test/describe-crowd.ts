import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createTaskInstances } from '@taskflow/engine';
import { processEnvironment } from '@taskflow/runtime';
import { deploymentId, openDb } from '@taskflow/store';
import { createTestDatabase, registerTask, sql } from '@taskflow/testing';
import type { RemotePlace } from './describe-crashes.js';

export interface CrowdPlace extends RemotePlace {
  /** Calls of each name that were made there since the start. */
  calls(): Promise<Readonly<Record<string, number>>>;
}

const ASKED = processEnvironment()['TASKFLOW_TEST_CROWD'];
/** Jobs in flight at once; TASKFLOW_TEST_CROWD asks for more of them. */
export const CROWD = Number(ASKED ?? 60);
const PROGRAM = join(import.meta.dirname, '../../../../../apps/pusher/dist/main.js');
/** Seconds over which their ends are spread: the rigs do not end more of them at once. */
const SPREAD = Math.max(5, Math.ceil(CROWD / 25));
const MOST_MS = 120_000 + CROWD * 300;
// Other tests share the machine unless a crowd was asked for.
const MOST_LAG_S = ASKED === undefined ? 60 : 15;
const MOST_MB = 400;
/** Insert, mark, record, running, ended, and the states that a destination shows on the way. */
const MOST_WRITES = 9;

/** All of them run at once, then end: how late that is seen, and what it costs. Needs jest. */
export function describeCrowd(kind: string, open: () => Promise<CrowdPlace>): void {
  describe(`${String(CROWD)} jobs in flight at a destination of kind ${kind}`, () => {
    let place: CrowdPlace;
    beforeAll(async () => {
      place = await open();
    }, 180_000);
    afterAll(() => place.close());

    test(
      'are seen to end in time, each is one job, and calls, memory and writes are bounded',
      async () => {
        const database = await createTestDatabase();
        const db = openDb({ url: database.url, applicationName: 'crowd-test' });
        const folder = await mkdtemp(join(tmpdir(), 'taskflow-crowd-'));
        const gate = join(folder, 'gate');
        const holder = spawn('flock', ['-x', gate, 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
        const limits = { max_in_flight: CROWD, sweep_interval: '60s' };
        const destinations = join(folder, 'destinations.yaml');
        await writeFile(
          destinations,
          JSON.stringify({ destinations: [{ name: 'here', ...limits, ...place.settings }] }),
        );
        const bash = `flock -s ${gate} true; sleep $((RANDOM % ${String(SPREAD)}))`;
        const versionId = await registerTask(db, { name: 't', bash, push_destination: 'here' });
        const [lane] = await sql<{ lane_id: number }>(db, 'select lane_id from tasks');
        const row = { taskName: 't', versionId, laneId: lane?.lane_id ?? 0, priority: 'normal' as const };
        await createTaskInstances(
          db,
          Array.from({ length: CROWD }, () => row),
        );
        const pusher = spawn(process.execPath, [PROGRAM], {
          stdio: ['ignore', 'ignore', 'inherit'],
          env: {
            PATH: process.env.PATH,
            HOME: process.env.HOME,
            TASKFLOW_DATABASE_URL: database.url,
            TASKFLOW_DATABASE_MIGRATE: 'off',
            TASKFLOW_DESTINATIONS: destinations,
            TASKFLOW_LOG_LEVEL: 'error',
            ...place.environment,
          },
        });
        const left = once(pusher, 'exit');
        const deadline = performance.now() + MOST_MS;
        const until = async (what: string, isSo: string): Promise<void> => {
          for (;;) {
            const [seen] = await sql<{ n: number }>(db, `select count(*)::integer as n from ${isSo}`);
            if (seen?.n === CROWD) return;
            if (performance.now() > deadline) throw new Error(`${String(seen?.n)} of ${String(CROWD)} ${what}`);
            await setTimeout(250);
          }
        };
        try {
          const began = performance.now();
          await until('run', `push_jobs where phase = 'running'`);
          const submittedS = (performance.now() - began) / 1000;
          const before = await place.calls();
          holder.stdin.end();
          const opened = performance.now();
          await until('have ended', `task_records where status = 'success'`);
          const endedS = (performance.now() - opened) / 1000;
          const after = await place.calls();
          const status = await readFile(`/proc/${String(pusher.pid)}/status`, 'utf8');
          const mostMb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Infinity) / 1024;
          pusher.kill('SIGTERM');
          await left;
          const [lag] = await sql<{ p50: number; p95: number; most: number }>(
            db,
            `select percentile_cont(0.5) within group (order by s) as p50, percentile_cont(0.95) within group (order by s) as p95,
                    max(s) as most
               from (select extract(epoch from r.finished_at - j.remote_finished_at)::float8 as s
                       from push_jobs j join task_records r on r.id = j.task_instance_id) lags`,
          );
          const [writes] = await sql<{ n: number }>(
            db,
            `select (n_tup_ins + n_tup_upd)::float8 / ${String(CROWD)} as n from pg_stat_user_tables where relname = 'push_jobs'`,
          );
          const figures = { kind, jobs: CROWD, submittedS, endedS, lag, mostMb, writesPerJob: writes?.n };
          const calls = Object.entries(after).map(([name, n]) => [name, { all: n, ending: n - (before[name] ?? 0) }]);
          process.stdout.write(`${JSON.stringify({ ...figures, calls: Object.fromEntries(calls) as unknown })}\n`);
          expect(await place.countJobs(await deploymentId(db))).toBe(CROWD);
          expect(lag?.p95).toBeLessThan(MOST_LAG_S);
          expect(mostMb).toBeLessThan(MOST_MB);
          expect(writes?.n).toBeLessThan(MOST_WRITES);
        } finally {
          holder.kill();
          pusher.kill('SIGTERM');
          await left;
          await db.close();
          await database.drop();
          await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
        }
      },
      MOST_MS + 60_000,
    );
  });
}
