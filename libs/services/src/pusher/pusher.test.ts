import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput } from '@taskflow/domain';
import { cancelTaskInstance, leaseTasks, openSession, submitTask } from '@taskflow/engine';
import { parseConfig } from '@taskflow/runtime';
import { registerTask, sql } from '@taskflow/testing';
import { createScheduler, schedulerConfig } from '../scheduler/scheduler.js';
import { createPusher, type Pusher } from './pusher.js';
import { openPusherBench, runtime, type PusherBench } from './test/pusher-bench.js';

let bench: PusherBench;
let db: PusherBench['db'];
let ctx: PusherBench['ctx'];
let folder: string;

beforeEach(async () => {
  bench = await openPusherBench('pusher');
  ({ db, ctx, folder } = bench);
});
afterEach(() => bench.close());

async function pusher(settings = '', names = ['here']): Promise<Pusher> {
  const entries = names.map(
    (name) =>
      `  - {name: ${name}, kind: local, directory: ${name}, lease: 1s, grace: 300ms, sync_interval: 20ms${settings}}\n`,
  );
  await writeFile(join(folder, 'destinations.yaml'), `destinations:\n${entries.join('')}`);
  const made = await bench.create({ destinations: join(folder, 'destinations.yaml') });
  await made.start();
  return made;
}

const jobs = async (name = 'here'): Promise<string[]> =>
  (await readdir(join(folder, name))).filter((entry) => !entry.includes('.new-'));

const define = (bash: string, more: object = {}): Promise<string> =>
  registerTask(db, { name: 't', bash, push_destination: 'here', retry_delay: '0s', ...more });

const submit = async (params = {}): Promise<string> =>
  (await submitTask(ctx, { task: 't', paramsJson: JSON.stringify(params) })).id;

interface Shown {
  status: string;
  waiting_for: string | null;
  attempt: number;
  reason: string | null;
  message: string | null;
  exit_code: number | null;
  output: unknown;
  worker: string | null;
}

const show = async (id: string): Promise<Shown> => {
  const [row] = await sql<Shown>(
    db,
    'select status, waiting_for, attempt, reason, message, exit_code, output, worker from task_instances where id = $1',
    [id],
  );
  if (!row) throw new Error(`no instance ${id}`);
  return row;
};

/** Looks again and again, each look a query, until it is so. */
async function until(id: string, isSo: (seen: Shown) => boolean, ms = 12_000): Promise<Shown> {
  const deadline = performance.now() + ms;
  for (;;) {
    const seen = await show(id);
    if (isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`not so in time: ${JSON.stringify(seen)}`);
  }
}
const ended = (id: string): Promise<Shown> =>
  until(id, (seen) => ['success', 'failed', 'cancelled', 'dequeued'].includes(seen.status));

const attemptsOf = (id: string): Promise<{ attempt: number; outcome: string; next_status: string; reason: string }[]> =>
  sql(
    db,
    'select attempt, outcome, next_status, reason from task_attempts where task_instance_id = $1 order by attempt',
    [id],
  );

test('runs an instance at its destination, with its params, output and log', async () => {
  await define('echo "hello $TASKFLOW_PARAM_WHO from $TASKFLOW_TASK"; echo \'{"n": 1}\' >"$TASKFLOW_OUTPUT"');
  await pusher();
  const id = await submit({ who: 'world' });
  expect(await ended(id)).toMatchObject({
    status: 'success',
    attempt: 1,
    output: { n: 1 },
    worker: 'push:here',
    exit_code: 0,
  });
  const log = await sql<{ line: string }>(db, 'select line from task_logs where task_instance_id = $1 order by seq', [
    id,
  ]);
  expect(log).toEqual([{ line: 'hello world from t' }]);
  expect(await attemptsOf(id)).toMatchObject([{ attempt: 1, outcome: 'success' }]);
});

test('a failure is tried again as another external job, and its reason stands in the attempt', async () => {
  await define('echo no luck >&2; [[ $TASKFLOW_ATTEMPT == 2 ]] || exit 4', { retries: 3 });
  await pusher();
  const id = await submit();
  expect(await ended(id)).toMatchObject({ status: 'success', attempt: 2 });
  expect(await attemptsOf(id)).toMatchObject([
    { attempt: 1, outcome: 'failed', next_status: 'retry', reason: 'EXIT_CODE' },
    { attempt: 2, outcome: 'success' },
  ]);
  expect(await jobs()).toHaveLength(2);
});

test('O1: a task with a push destination is never leased to a pull worker', async () => {
  await define('exit 0');
  const id = await submit();
  const lanes = await sql<{ id: number }>(db, 'select id from lanes where destination is not null');
  const session = await openSession(ctx, {
    protocol: 1,
    worker: 'w',
    host: 'h',
    version: '1',
    queues: ['default'],
    tasks: [],
    handlers: ['@bash', 't'],
    labels: {},
    slots: 10,
    held: [],
    api: 'a',
  });
  expect(session.laneIds).not.toContain(lanes[0]?.id);
  const demand = [{ sessionId: session.sessionId, credits: 10 }];
  expect(await leaseTasks(ctx, { laneIds: session.laneIds, demand })).toEqual([]);
  expect(await show(id)).toMatchObject({ status: 'queued', waiting_for: 'no_destination(here)' });
  await pusher();
  expect((await ended(id)).status).toBe('success');
});

test('O3: a job that runs longer than any lease runs once, whichever pusher holds the destination', async () => {
  const gate = join(folder, 'gate');
  await define(`until [[ -e ${gate} ]]; do sleep 0.05; done; echo ran`);
  const first = await pusher();
  const id = await submit();
  await until(id, (seen) => seen.status === 'running');
  await first.stop();
  expect(await show(id)).toMatchObject({ waiting_for: 'no_pusher(here)', status: 'running' });
  await pusher();
  const epoch = async (): Promise<number> =>
    Number((await sql<{ lease_epoch: string }>(db, 'select lease_epoch from push_destinations'))[0]?.lease_epoch);
  while ((await epoch()) < 2) await show(id);
  await writeFile(gate, '');
  expect(await ended(id)).toMatchObject({ status: 'success', attempt: 1 });
  expect(await jobs()).toHaveLength(1);
});

test('O11: 250 jobs are synchronised, and one that vanished ends as lost, with its reason', async () => {
  await define('[[ $TASKFLOW_PARAM_N != 0 ]] || sleep 600', { infra_retries: 0 });
  await pusher(', max_in_flight: 300, lost_timeout: 10ms');
  const vanished = await submit({ n: 0 });
  await until(vanished, (seen) => seen.status === 'running');
  const [name = ''] = await jobs();
  const [pid = ''] = await readFolderFile(name, 'command');
  // Out of sight at once, so that nobody sees it end.
  await rename(join(folder, 'here', name), join(folder, 'vanished'));
  process.kill(-Number(pid), 'SIGKILL');
  const ids = await Promise.all(Array.from({ length: 250 }, (_, index) => submit({ n: index + 1 })));
  const lost = await ended(vanished);
  expect(lost).toMatchObject({ status: 'failed', reason: 'POISONED' });
  expect(lost.message).toContain('is not known to here any more; last seen: running');
  expect(await attemptsOf(vanished)).toMatchObject([{ outcome: 'lost' }]);
  for (const id of ids) expect((await until(id, (seen) => seen.status === 'success', 60_000)).attempt).toBe(1);
  expect(await jobs()).toHaveLength(250);
}, 90_000);

async function readFolderFile(name: string, file: string): Promise<string[]> {
  return (await readFile(join(folder, 'here', name, file), 'utf8')).trim().split(' ');
}

test('a cancel ends the job for certain before the instance ends; one that was not submitted is never', async () => {
  await define('trap "" TERM; sleep 600; sleep 600');
  await pusher(', max_in_flight: 1');
  const [running, waiting] = [await submit(), await submit()];
  await until(running, (seen) => seen.status === 'running');
  const [name = ''] = await jobs();
  const [pid = ''] = await readFolderFile(name, 'command');
  expect((await show(waiting)).waiting_for).toBe('destination_full(here)');
  await cancelTaskInstance(ctx, { id: waiting });
  await cancelTaskInstance(ctx, { id: running, reason: 'changed my mind' });
  expect(await ended(waiting)).toMatchObject({ status: 'cancelled', attempt: 0 });
  expect(await ended(running)).toMatchObject({ status: 'cancelled', reason: 'CANCELLED', message: 'changed my mind' });
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  expect(await jobs()).toHaveLength(1);
});

test('a job that runs longer than its timeout is ended as that', async () => {
  await define('sleep 600', { timeout: '200ms' });
  await pusher();
  const id = await submit();
  expect(await ended(id)).toMatchObject({ status: 'failed', reason: 'TIMEOUT' });
  expect(await attemptsOf(id)).toMatchObject([{ outcome: 'timeout', reason: 'TIMEOUT' }]);
});

test('what a destination can never run fails at once with what is wrong, and keeps nobody else from running', async () => {
  await registerTask(db, { name: 'h', handler: 'code', push_destination: 'here', retries: 5 });
  await define('exit 0');
  const bad = (await submitTask(ctx, { task: 'h' })).id;
  const good = await submit();
  await pusher();
  expect((await ended(good)).status).toBe('success');
  expect(await ended(bad)).toMatchObject({ status: 'failed', reason: 'PUSH_REJECTED', attempt: 1 });
  expect((await show(bad)).message).toContain('a worker runs handlers');
});

test('a destination that is broken does not keep another one waiting', async () => {
  await define('exit 0');
  await registerTask(db, { name: 'broken', bash: 'exit 0', push_destination: 'broken' });
  await writeFile(join(folder, 'broken'), 'a file where the folder should be');
  await pusher('', ['broken', 'here']);
  const stuck = (await submitTask(ctx, { task: 'broken' })).id;
  expect((await ended(await submit())).status).toBe('success');
  expect(await show(stuck)).toMatchObject({ status: 'queued', waiting_for: 'no_pusher(broken)' });
});

test('it runs beside the scheduler when that is asked for, and stops with it', async () => {
  await define('exit 0');
  const folderOfJobs = `{name: here, kind: local, directory: ${join(folder, 'here')}, sync_interval: 20ms}`;
  await writeFile(join(folder, 'destinations.yaml'), `destinations: [${folderOfJobs}]\n`);
  const environment = { TASKFLOW_DATABASE_URL: bench.database.url, TASKFLOW_SCHEDULER_WITH_PUSHER: 'on' };
  const destinations = join(folder, 'destinations.yaml');
  const config = parseConfig(schedulerConfig, { ...environment, TASKFLOW_DESTINATIONS: destinations });
  const scheduler = createScheduler(runtime, config);
  await scheduler.start();
  expect((await ended(await submit())).status).toBe('success');
  await scheduler.stop();
  expect(await show(await submit())).toMatchObject({ status: 'queued', waiting_for: 'no_pusher(here)' });
});

test('a job that nobody tracks is ended by the sweep', async () => {
  await define('sleep 600');
  await pusher(', sweep_interval: 50ms');
  const id = await submit();
  await until(id, (seen) => seen.status === 'running');
  const [name = ''] = await jobs();
  const [pid = ''] = await readFolderFile(name, 'command');
  await sql(db, 'delete from push_jobs');
  for (let alive = true; alive;) {
    await show(id);
    try {
      process.kill(Number(pid), 0);
    } catch (error) {
      expect(error).toMatchObject({ code: 'ESRCH' });
      alive = false;
    }
  }
});

test('every fault of the file is told, by its place', async () => {
  await writeFile(
    join(folder, 'destinations.yaml'),
    'destinations:\n  - {name: a, kind: local, max_in_flight: 0}\n  - {name: "b c", kind: local, lost_timeout: soon, colour: red}\n  - {name: d, kind: cloud}\n',
  );
  const make = createPusher(runtime, {
    databaseUrl: bench.database.url,
    databasePoolSize: 4,
    databaseNamedStatements: true,
    databaseListen: true,
    databaseMigrate: false,
    destinations: join(folder, 'destinations.yaml'),
    destinationsInline: undefined,
  });
  const error = await make.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidInput);
  expect((error as InvalidInput).violations.map((violation) => violation.field)).toEqual([
    'destinations[0].max_in_flight',
    'destinations[1].name',
    'destinations[1].lost_timeout',
    'destinations[1]',
    'destinations[2].kind',
  ]);
});
