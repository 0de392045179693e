import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import {
  applyObservations,
  cancelTaskInstance,
  holdDestination,
  readDeploymentId,
  registerDestinations,
  submitTask,
  trackedJobs,
  type Ctx,
  type PushCtx,
} from '@taskflow/engine';
import { silentLogger } from '@taskflow/runtime';
import { createNotifier, openDb, type Db, type Notifier } from '@taskflow/store';
import { createTestDatabase, registerTask, sql, type TestDatabase } from '@taskflow/testing';
import type { DestinationSettings } from './destination-schema.js';
import { createDestinationLoop, type DestinationLoop } from './destination-loop.js';
import { carelessDestination, type CarelessDestination } from './test/careless-destination.js';

let database: TestDatabase;
let db: Db;
let notifier: Notifier;
let ctx: Ctx;
let destination: CarelessDestination;
let loops: DestinationLoop[];

beforeEach(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'protocol-test' });
  notifier = createNotifier(db);
  const signal = new AbortController().signal;
  const tracer = trace.getTracer('test');
  ctx = { db, clock: systemClock, logger: silentLogger(), tracer, wake: notifier, actor: 'test', signal };
  destination = carelessDestination('cloud');
  loops = [];
  await registerTask(db, { name: 't', bash: 'true', push_destination: 'cloud', retries: 1, retry_delay: '0s' });
});
afterEach(async () => {
  await Promise.all(loops.map((loop) => loop.stop()));
  await notifier.close();
  await db.close();
  await database.drop();
});

async function open(settings: Partial<DestinationSettings> = {}): Promise<DestinationLoop> {
  const config: DestinationSettings = {
    name: 'cloud',
    paused: false,
    max_in_flight: 10,
    lease: 1000,
    submit_timeout: 5000,
    lost_timeout: 50,
    start_timeout: 0,
    cancel_timeout: 10_000,
    ambiguity_window: 50,
    sweep_interval: 60_000,
    keep_finished: 60_000,
    sync_interval: 10,
    ...settings,
  };
  await registerDestinations(ctx, [
    { name: 'cloud', kind: 'careless', configHash: 'x', maxInFlight: config.max_in_flight, paused: config.paused },
  ]);
  const deploymentId = await readDeploymentId(ctx);
  const open = () => Promise.resolve(destination);
  const options = { open, config, deploymentId, ctx, testSignal: () => undefined };
  const loop = createDestinationLoop({ ...options, owner: `owner ${String(loops.length)}` });
  loops.push(loop);
  loop.start();
  return loop;
}

const submit = async (): Promise<string> => (await submitTask(ctx, { task: 't' })).id;

interface Shown {
  status: string;
  waiting_for: string | null;
  attempt: number;
  reason: string | null;
  message: string | null;
  phase: string | null;
}

async function until(id: string, isSo: (seen: Shown) => boolean): Promise<Shown> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const [seen] = await sql<Shown>(
      db,
      `select t.status, t.waiting_for, t.attempt, t.reason, t.message, j.phase
         from task_instances t left join push_jobs j on j.task_instance_id = t.id and j.attempt = t.attempt
        where t.id = $1`,
      [id],
    );
    if (seen && isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`not so within 15 s: ${JSON.stringify(seen)}`);
  }
}
const ended = (id: string): Promise<Shown> =>
  until(id, (seen) => ['success', 'failed', 'cancelled'].includes(seen.status));

test('an answer that was lost does not make a second job: the first is found by its name', async () => {
  destination.mishaps.push('answer lost');
  await open();
  expect(await ended(await submit())).toMatchObject({ status: 'success', attempt: 1 });
  expect(destination.jobs).toHaveLength(1);
});

test('a request that was lost is sent again once it is sure that it did not arrive, as the same attempt', async () => {
  destination.mishaps.push('request lost');
  await open();
  const id = await submit();
  expect(await ended(id)).toMatchObject({ status: 'success', attempt: 1 });
  expect(destination.jobs).toHaveLength(1);
  expect(await sql(db, 'select submit_tries from push_jobs')).toEqual([{ submit_tries: 2 }]);
});

test('a cancel that comes while nobody knows whether the job exists is not forgotten', async () => {
  destination.mishaps.push('answer lost');
  destination.quick = false;
  const id = await submit();
  destination.duringSubmit = () => cancelTaskInstance(ctx, { id });
  await open();
  expect(await ended(id)).toMatchObject({ status: 'cancelled', attempt: 1 });
  expect(destination.jobs.map((job) => job.state)).toEqual(['cancelled']);
});

test('a pusher that comes back after another took its destination records nothing', async () => {
  destination.quick = false;
  const id = await submit();
  destination.duringSubmit = async () => {
    destination.duringSubmit = () => Promise.resolve();
    await sql(
      db,
      `update push_destinations set lease_epoch = lease_epoch + 1, lease_owner = 'other', lease_until = 'epoch'`,
    );
  };
  await open();
  // The first answer was written by nobody; whoever takes over finds the job by its name.
  expect(await until(id, (seen) => seen.status === 'running')).toMatchObject({ attempt: 1 });
  expect(destination.jobs).toHaveLength(1);
  expect(await sql(db, `select 1 from task_events where type = 'pushed'`)).toHaveLength(1);
});

test('a pusher that loses its destination during a submit, and has noticed, goes on when it has it again', async () => {
  const noticed = Promise.withResolvers<undefined>();
  destination.release = () => Promise.resolve(noticed.resolve(undefined));
  destination.duringSubmit = async () => {
    destination.duringSubmit = () => Promise.resolve();
    const later = `lease_owner = 'other', lease_until = clock_timestamp() + interval '1 s'`;
    await sql(db, `update push_destinations set lease_epoch = lease_epoch + 1, ${later}`);
    await noticed.promise;
  };
  await open();
  expect(await ended(await submit())).toMatchObject({ status: 'success', attempt: 1 });
  expect(destination.jobs).toHaveLength(1);
});

test('a submit whose outcome could not be written down is looked for, by the same pusher too', async () => {
  destination.quick = false;
  await sql(db, `alter table push_jobs add constraint refused check (phase <> 'submitted')`);
  await open();
  const id = await submit();
  while (destination.jobs.length === 0) await sql(db, 'select');
  await sql(db, 'alter table push_jobs drop constraint refused');
  expect(await until(id, (seen) => seen.status === 'running')).toMatchObject({ attempt: 1 });
  expect(destination.jobs).toHaveLength(1);
});

test('a destination that is away opens its breaker: nothing is claimed, no attempt is used up, until it is back', async () => {
  destination.trouble = 'destination refused';
  destination.healthy = false;
  const loop = await open();
  const first = await submit();
  await until(first, (seen) => seen.phase === 'intent' && loop.health().breaker === 'open');
  const second = await submit();
  expect(await until(second, (seen) => seen.waiting_for === 'destination_breaker(cloud)')).toMatchObject({
    attempt: 0,
  });
  const [row] = await sql<{ last_error: string }>(db, 'select last_error from push_destinations');
  expect(['no rights on the queue', 'down for maintenance']).toContain(row?.last_error);
  destination.trouble = undefined;
  destination.healthy = true;
  expect(await ended(first)).toMatchObject({ status: 'success', attempt: 1 });
  expect(await ended(second)).toMatchObject({ status: 'success', attempt: 1 });
});

test('what is throttled or not reached is submitted later, as the same attempt', async () => {
  destination.mishaps.push('throttled', 'unavailable', 'throttled');
  await open();
  expect(await ended(await submit())).toMatchObject({ status: 'success', attempt: 1 });
  expect(destination.jobs).toHaveLength(1);
});

test('a job that the destination refuses fails with its reason and is not tried again', async () => {
  destination.mishaps.push('job refused');
  await open();
  const end = { status: 'failed', reason: 'BAD_IMAGE', message: 'no such image', attempt: 1 };
  expect(await ended(await submit())).toMatchObject(end);
});

test('the first end that is written stands, and what follows from it happens once', async () => {
  destination.quick = false;
  const loop = await open();
  const id = await submit();
  await until(id, (seen) => seen.status === 'running');
  await loop.stop();
  loops.pop();
  const epoch = await holdDestination(ctx, { name: 'cloud', owner: 'test', leaseMs: 10_000 });
  const pushCtx: PushCtx = { ...ctx, destination: 'cloud', epoch: epoch ?? '', reached: () => undefined };
  const [job] = await trackedJobs(pushCtx);
  if (!job) throw new Error('no job is tracked');
  const success = { job, seen: { state: 'succeeded', terminal: true, remoteStatus: 'DONE' } } as const;
  const failure = { job, seen: { state: 'failed', terminal: true, remoteStatus: 'FAILED' } } as const;
  const ends = await Promise.all([
    applyObservations(pushCtx, [success]),
    applyObservations(pushCtx, [failure]),
    applyObservations(pushCtx, [success]),
  ]);
  expect(ends.reduce((sum, count) => sum + count)).toBe(1);
  expect(await sql(db, 'select attempt from task_attempts')).toHaveLength(1);
  await expect(applyObservations({ ...pushCtx, epoch: '1' }, [failure])).rejects.toMatchObject({
    reason: 'NOT_HOLDER',
  });
});

test('a retry is submitted only when the attempt before it has ended', async () => {
  destination.quick = false;
  await open();
  const id = await submit();
  await until(id, (seen) => seen.status === 'running');
  expect(destination.jobs).toHaveLength(1);
  for (const job of destination.jobs) job.state = 'failed';
  await until(id, (seen) => seen.status === 'running' && seen.attempt === 2);
  expect(destination.jobs.map((job) => job.state)).toEqual(['failed', 'running']);
});

test('no more than max_in_flight jobs exist at once', async () => {
  destination.quick = false;
  await open({ max_in_flight: 2 });
  const ids = [await submit(), await submit(), await submit()];
  await until(ids[1] ?? '', (seen) => seen.status === 'running');
  expect(await until(ids[2] ?? '', (seen) => seen.waiting_for === 'destination_full(cloud)')).toMatchObject({
    attempt: 0,
  });
  expect(destination.jobs).toHaveLength(2);
  for (const job of destination.jobs) job.state = 'succeeded';
  await until(ids[2] ?? '', (seen) => seen.status === 'running');
});
