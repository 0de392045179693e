import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTaskInstances, PUSH_FAULT_POINTS } from '@taskflow/engine';
import { openDb, type Db } from '@taskflow/store';
import { createTestDatabase, registerTask, sql, type TestDatabase } from '@taskflow/testing';

/** The pusher as it is deployed: a process of its own. `npm run build` makes it. */
const PROGRAM = join(import.meta.dirname, '../../../../apps/pusher/dist/main.js');

let database: TestDatabase;
let db: Db;
let folder: string;
let versionId: string;
let laneId: number;

beforeEach(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'pusher-crash-test' });
  folder = await mkdtemp(join(tmpdir(), 'taskflow-crash-'));
  const settings = 'kind: local, directory: jobs, lease: 1s, max_in_flight: 3, sync_interval: 20ms, lost_timeout: 10m';
  await writeFile(join(folder, 'destinations.yaml'), `destinations: [{name: here, ${settings}}]\n`);
  const bash = `echo "$TASKFLOW_TASK_INSTANCE_ID/$TASKFLOW_ATTEMPT" >>${folder}/ran; [[ $TASKFLOW_ATTEMPT == 2 ]]`;
  versionId = await registerTask(db, { name: 't', bash, push_destination: 'here', retries: 1, retry_delay: '0s' });
  laneId = (await sql<{ lane_id: number }>(db, 'select lane_id from tasks'))[0]?.lane_id ?? 0;
});
afterEach(async () => {
  await db.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

interface RunningPusher {
  /** Name of the signal that ended it; null for an ordinary exit. */
  readonly signal: Promise<NodeJS.Signals | null>;
  stop(): Promise<void>;
}

function startPusher(killAt?: string): RunningPusher {
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TASKFLOW_DATABASE_URL: database.url,
    TASKFLOW_DATABASE_MIGRATE: 'off',
    TASKFLOW_DESTINATIONS: join(folder, 'destinations.yaml'),
    TASKFLOW_LOG_LEVEL: 'error',
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
}

async function submit(count: number): Promise<void> {
  const row = { taskName: 't', versionId, laneId, priority: 'normal' as const };
  await createTaskInstances(
    db,
    Array.from({ length: count }, () => row),
  );
}

async function allEnded(): Promise<void> {
  const deadline = performance.now() + 40_000;
  for (;;) {
    const [row] = await sql<{ open: number }>(
      db,
      'select count(*)::integer as open from task_records where finished_at is null',
    );
    if (row?.open === 0) return;
    if (performance.now() > deadline) throw new Error(`${String(row?.open)} instances have not ended within 40 s`);
  }
}

/** Exactly one external job for each attempt, each ran once, and every instance ended as its attempts say. */
async function expectOneJobPerAttempt(instances: number): Promise<void> {
  const ran = (await readFile(join(folder, 'ran'), 'utf8')).trim().split('\n');
  const attempts = await sql<{ name: string }>(
    db,
    `select task_instance_id || '/' || attempt as name from task_attempts order by task_instance_id, attempt`,
  );
  const byName = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
  expect(ran.sort(byName)).toEqual(attempts.map((attempt) => attempt.name).sort(byName));
  expect(attempts).toHaveLength(2 * instances);
  expect(await readdir(join(folder, 'jobs'))).toHaveLength(2 * instances);
  const ends = await sql(db, `select status, attempt, count(*)::integer from task_records group by 1, 2`);
  expect(ends).toEqual([{ status: 'success', attempt: 2, count: instances }]);
  expect(await sql(db, `select phase, count(*)::integer from push_jobs group by 1`)).toEqual([
    { phase: 'done', count: 2 * instances },
  ]);
  expect(await sql(db, 'select from task_queue')).toEqual([]);
}

test.each(PUSH_FAULT_POINTS)(
  'O3: killed when it has %s, again and again, it submits every attempt once',
  async (point) => {
    const kills = [1, 2, 2, 3];
    for (const time of kills) {
      await submit(4);
      expect(await startPusher(`${point}:${String(time)}`).signal).toBe('SIGKILL');
    }
    const last = startPusher();
    await allEnded();
    await last.stop();
    await expectOneJobPerAttempt(4 * kills.length);
  },
  90_000,
);

test('two pushers compete while one after the other is killed: every attempt is one job', async () => {
  await submit(20);
  const doomed = PUSH_FAULT_POINTS.map((point) => startPusher(`${point}:2`));
  const survivor = startPusher();
  await allEnded();
  await survivor.stop();
  await Promise.all(doomed.map((pusher) => pusher.stop()));
  await expectOneJobPerAttempt(20);
}, 90_000);
