import { systemClock } from '@taskflow/domain';
import { applyDefinitions, leaseTasks, openSession, silentWake, submitTask, type Ctx } from '@taskflow/engine';
import { createNotifier, createListener, CHANNELS, openDb, type Db } from '@taskflow/store';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { testRuntime } from '../../test/open-api.js';
import { helloOf } from '../../test/test-worker.js';
import { createLeaseDispatcher, type LeaseDispatcher } from './lease-dispatcher.js';
import type { Taker } from './taker.js';

let database: TestDatabase;
let db: Db;
let ctx: Ctx;
beforeEach(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'test' });
  const { logger, tracer } = await testRuntime();
  ctx = { db, clock: systemClock, logger, tracer, wake: silentWake, actor: 'api', signal: AbortSignal.any([]) };
  await applyDefinitions(ctx, { definitions: [{ kind: 'task', spec: { name: 'load' } }] });
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

/** Claims over Postgres that nobody polls: what is not noticed is never found. */
async function waitingWorker(afterClaim: () => Promise<void>) {
  const hello = { ...helloOf({ handlers: ['load'] }), held: [], api: 'a', leaseTtlMs: 15_000 };
  const { sessionId, laneIds } = await openSession(ctx, hello);
  const taken = Promise.withResolvers<string>();
  let wanted = 1;
  const taker: Taker = {
    sessionId,
    laneIds,
    wanted: () => wanted,
    take([lease]) {
      wanted = 0;
      taken.resolve(lease?.ref.id ?? '');
    },
  };
  const dispatcher: LeaseDispatcher = createLeaseDispatcher({
    async lease(lanes, demand) {
      const leases = await leaseTasks(ctx, { laneIds: lanes, demand });
      if (leases.length === 0) await afterClaim();
      return leases;
    },
    giveBack: () => Promise.resolve(),
    onError: (error) => taken.reject(error),
  });
  return { dispatcher, taker, taken: taken.promise, laneIds };
}

const submit = (wake: Ctx['wake']) => submitTask({ ...ctx, wake }, { task: 'load' }).then(({ id }) => id);

test('what is submitted here after a claim has found nothing, and before it has said so, is claimed at once', async () => {
  const submitted = Promise.withResolvers<string>();
  const { dispatcher, taker, taken } = await waitingWorker(async () => {
    submitted.resolve(await submit({ ...silentWake, ready: (lanes) => dispatcher.wake(lanes) }));
  });
  dispatcher.join(taker);
  expect(await taken).toBe(await submitted.promise);
  await dispatcher.stop();
});

test('and so is what is submitted to another api, of which a notification comes', async () => {
  const heard = Promise.withResolvers<void>();
  const listening = Promise.withResolvers<void>();
  const listener = createListener({
    url: database.url,
    channels: [CHANNELS.ready],
    onNotify: (_channel, payload) => {
      dispatcher.wake(payload.split(',').map(Number));
      heard.resolve();
    },
    onState: () => listening.resolve(),
  });
  const submitted = Promise.withResolvers<string>();
  const notifier = createNotifier(db);
  const { dispatcher, taker, taken } = await waitingWorker(async () => {
    submitted.resolve(await submit(notifier));
    await heard.promise;
  });
  await listening.promise;
  dispatcher.join(taker);
  expect(await taken).toBe(await submitted.promise);
  await dispatcher.stop();
  await notifier.close();
  await listener.close();
});
