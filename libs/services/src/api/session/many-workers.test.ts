import type { Lease } from '@taskflow/proto/taskflow/v1/workers.js';
import { createClients, openApi, ready, startApi, type TestApi } from '../../test/open-api.js';
import { connectStream, success, type TestWorker } from '../../test/test-worker.js';

const WORKERS = 64;
const LIMIT = 3;

let served: TestApi;
beforeAll(async () => {
  served = await openApi();
  const specs = [{ name: 'free' }, { name: 'limited', concurrency: LIMIT }, { name: 'shared' }];
  await served.clients.definitions.applyDefinitions({
    definitions: specs.map((spec) => ({ kind: 'task', specJson: JSON.stringify(spec) })),
  });
});
afterAll(() => served.close());

async function submit(task: string, count: number): Promise<void> {
  const value = { task, paramsJson: '', priority: '', requestId: '', queue: '' };
  const submissions = Array.from({ length: count }, () => ({ item: { $case: 'task' as const, value } }));
  await served.clients.submissions.submitBatch({ submissions, requestId: '' });
}

const connectAll = (handler: string, clients = served.clients, count = WORKERS, crew = 0): Promise<TestWorker[]> =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      connectStream(clients, {
        worker: `${handler} ${crew}-${index}`,
        handlers: [handler],
        slots: 2,
      }),
    ),
  );

/** Takes and ends one task after the other for as long as `more` says so; `gone` ends a wait for one that never comes. */
async function workOn(worker: TestWorker, more: () => boolean, onLease: (lease: Lease) => void): Promise<void> {
  while (more()) {
    const [lease] = await worker.lease(1);
    if (lease === undefined) return;
    onLease(lease);
    await worker.complete(success(lease));
  }
}

test('64 workers of one api all get work while there is some, and the heartbeats of all hold', async () => {
  const workers = await connectAll('free');
  await submit('free', WORKERS * 2);
  const leases = await Promise.all(workers.map((worker) => worker.lease(2)));
  expect(leases.map(({ length }) => length)).toEqual(workers.map(() => 2));

  const validUntil = () =>
    served.sql<{ until: string }>('select lease_until::text as until from worker_sessions order by id');
  const before = await validUntil();
  await Promise.all(workers.map(({ welcome: { sessionId } }) => served.clients.workers.heartbeat({ sessionId })));
  const after = await validUntil();
  expect(after).toHaveLength(WORKERS);
  expect(after.every(({ until }, index) => until > before[index]!.until)).toBe(true);

  const acks = await Promise.all(
    workers.map((worker, index) => worker.complete(...leases[index]!.map((lease) => success(lease)))),
  );
  expect(acks.flat().filter(({ result }) => result === 'accepted')).toHaveLength(WORKERS * 2);
  await Promise.all(workers.map((worker) => worker.disconnect()));
});

test('a limit of 3 holds under 64 workers: never 4 at once, in the whole history', async () => {
  const tasks = 300;
  const workers = await connectAll('limited');
  let ended = 0;
  let running = 0;
  let most = 0;
  const over = Promise.withResolvers<void>();
  for (const worker of workers) {
    void workOn(
      worker,
      () => ended < tasks,
      () => {
        running += 1;
        most = Math.max(most, running);
        setImmediate(() => {
          running -= 1;
          ended += 1;
          if (ended === tasks) over.resolve();
        });
      },
    ).catch(() => undefined);
  }
  await Promise.all([submit('limited', tasks / 2), submit('limited', tasks / 2)]);
  await over.promise;
  expect(most).toBeLessThanOrEqual(LIMIT);
  const unended = async () => (await served.sql('select id from task_leases')).length;
  while ((await unended()) > 0) await new Promise(setImmediate);
  await Promise.all(workers.map((worker) => worker.disconnect()));

  const history = await served.sql<{ most: number; attempts: number }>(
    `with steps as (
       select a.leased_at as at, 1 as step from task_attempts a join task_records r on r.id = a.task_instance_id where r.task_name = 'limited'
       union all
       select a.ended_at, -1 from task_attempts a join task_records r on r.id = a.task_instance_id where r.task_name = 'limited')
     select max(running)::int as most, count(*)::int / 2 as attempts
       from (select sum(step) over (order by at, step) as running from steps) s`,
  );
  expect(history).toEqual([{ most: LIMIT, attempts: tasks }]);
  expect(await served.sql('select * from limit_slots')).toEqual([]);
  const by = await served.sql(`select from task_attempts a join task_records r on r.id = a.task_instance_id
                                where r.task_name = 'limited' group by a.worker`);
  expect(by.length).toBeGreaterThan(LIMIT);
});

test('two apis share the load fairly among their workers', async () => {
  const other = await startApi(served.database.url);
  await ready(other);
  const clients = [served.clients, createClients(`127.0.0.1:${other.grpcPort()}`)];
  const crews = await Promise.all(clients.map((each, crew) => connectAll('shared', each, 8, crew)));
  const tasks = 1600;
  const done = [0, 0];
  const sum = () => done[0]! + done[1]!;
  const over = Promise.withResolvers<void>();
  await submit('shared', tasks);
  for (const [api, crew] of crews.entries()) {
    for (const worker of crew) {
      void workOn(
        worker,
        () => sum() < tasks,
        () => {
          done[api]! += 1;
          if (sum() === tasks) over.resolve();
        },
      ).catch(() => undefined);
    }
  }
  await over.promise;
  for (const count of done) expect(count).toBeGreaterThan(tasks / 4);
  await Promise.all(crews.flat().map((worker) => worker.disconnect()));
  clients[1]?.channel.close();
  await other.stop();
}, 30_000);
