import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTaskInstances } from '@taskflow/engine';
import { deploymentId, openDb, type Db } from '@taskflow/store';
import { createTestDatabase, registerTask, sql } from '@taskflow/testing';

/** The pusher as it is deployed: a process of its own. `npm run build` makes it. */
const PROGRAM = join(import.meta.dirname, '../../../../../apps/pusher/dist/main.js');
const PATIENCE_MS = 120_000;

/** A destination at which pushers are killed. */
export interface CrashPlace {
  /** Fields of the destination but its name, its lease and its limits. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What the pusher is told besides. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How many jobs of a deployment there ever were, as the place itself counts. */
  countJobs(deploymentId: string): Promise<number>;
}

export interface RunningPusher {
  /** Name of the signal that ended it; null for an ordinary exit. */
  readonly signal: Promise<NodeJS.Signals | null>;
  stop(): Promise<void>;
}

/** A database with a Task whose first attempt fails and whose second one succeeds, and a destination for it. */
export interface CrashBench {
  readonly folder: string;
  startPusher(killAt?: string): RunningPusher;
  submit(count: number): Promise<void>;
  allEnded(): Promise<void>;
  /** Exactly one external job for each attempt, each ran once, and every instance ended as its attempts say. */
  expectOneJobPerAttempt(instances: number): Promise<void>;
  close(): Promise<void>;
}

export async function openCrashBench(placeIn: (folder: string) => CrashPlace): Promise<CrashBench> {
  const database = await createTestDatabase();
  const db: Db = openDb({ url: database.url, applicationName: 'pusher-crash-test' });
  const folder = await mkdtemp(join(tmpdir(), 'taskflow-crash-'));
  const place = placeIn(folder);
  const common = { name: 'here', lease: '1s', max_in_flight: 3, sync_interval: '20ms', lost_timeout: '10m' };
  // YAML takes JSON as it is.
  await writeFile(
    join(folder, 'destinations.yaml'),
    JSON.stringify({ destinations: [{ ...common, ...place.settings }] }),
  );
  const bash = `echo "$TASKFLOW_TASK_INSTANCE_ID/$TASKFLOW_ATTEMPT" >>${folder}/ran; [[ $TASKFLOW_ATTEMPT == 2 ]]`;
  const versionId = await registerTask(db, {
    name: 't',
    bash,
    push_destination: 'here',
    retries: 1,
    retry_delay: '0s',
  });
  const laneId = (await sql<{ lane_id: number }>(db, 'select lane_id from tasks'))[0]?.lane_id ?? 0;

  return {
    folder,
    startPusher(killAt) {
      const environment = {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TASKFLOW_DATABASE_URL: database.url,
        TASKFLOW_DATABASE_MIGRATE: 'off',
        TASKFLOW_DESTINATIONS: join(folder, 'destinations.yaml'),
        TASKFLOW_LOG_LEVEL: 'error',
        ...place.environment,
        ...(killAt === undefined ? {} : { TASKFLOW_TEST_KILL_AT: killAt }),
      };
      const child = spawn(process.execPath, [PROGRAM], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const signal = once(child, 'exit').then(([code, name]: unknown[]) => {
        if (code !== null && code !== 0) throw new Error(`the pusher left with ${String(code)}: ${said}`);
        return name as NodeJS.Signals | null;
      });
      return {
        signal,
        async stop() {
          child.kill('SIGTERM');
          await signal;
        },
      };
    },
    async submit(count) {
      const row = { taskName: 't', versionId, laneId, priority: 'normal' as const };
      await createTaskInstances(
        db,
        Array.from({ length: count }, () => row),
      );
    },
    async allEnded() {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const [row] = await sql<{ open: number }>(
          db,
          'select count(*)::integer as open from task_records where finished_at is null',
        );
        if (row?.open === 0) return;
        if (performance.now() > deadline) throw new Error(`${String(row?.open)} instances have not ended in time`);
      }
    },
    async expectOneJobPerAttempt(instances) {
      const ran = (await readFile(join(folder, 'ran'), 'utf8')).trim().split('\n');
      const attempts = await sql<{ name: string }>(
        db,
        `select task_instance_id || '/' || attempt as name from task_attempts order by task_instance_id, attempt`,
      );
      const byName = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
      expect(ran.sort(byName)).toEqual(attempts.map((attempt) => attempt.name).sort(byName));
      expect(attempts).toHaveLength(2 * instances);
      expect(await place.countJobs(await deploymentId(db))).toBe(2 * instances);
      const ends = await sql(db, `select status, attempt, count(*)::integer from task_records group by 1, 2`);
      expect(ends).toEqual([{ status: 'success', attempt: 2, count: instances }]);
      expect(await sql(db, `select phase, count(*)::integer from push_jobs group by 1`)).toEqual([
        { phase: 'done', count: 2 * instances },
      ]);
      expect(await sql(db, 'select from task_queue')).toEqual([]);
    },
    async close() {
      await db.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}
