import { IllegalTransition, Unavailable } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { createDatabaseWatch, type DatabaseWatch } from './database-watch.js';

let watch: DatabaseWatch;
afterEach(() => watch.stop());

function open(ping: () => Promise<void>, prepare: () => Promise<void> = async () => undefined) {
  const changes: boolean[] = [];
  let changed = Promise.withResolvers<void>();
  watch = createDatabaseWatch({
    logger: silentLogger(),
    database: 'db:5432/taskflow',
    ping,
    prepare,
    onReady(ready) {
      changes.push(ready);
      changed.resolve();
      changed = Promise.withResolvers();
    },
  });
  watch.start();
  return { changes, change: () => changed.promise };
}

test('a database that is away at the start is waited for, and is prepared once it is there', async () => {
  let pings = 0;
  let prepared = 0;
  const { change } = open(
    async () => {
      pings += 1;
      if (pings < 3) throw new Unavailable('away', { reason: 'DATABASE_DOWN' });
    },
    async () => void (prepared += 1),
  );
  await new Promise(setImmediate);
  expect(watch.state()).toMatchObject({ ready: false, detail: expect.stringContaining('db:5432/taskflow') });
  await change();
  expect(watch.state()).toEqual({ ready: true, detail: 'ok' });
  expect([pings, prepared]).toEqual([3, 1]);
});

test('a database that cannot be used says why', async () => {
  open(
    async () => undefined,
    async () => {
      throw new IllegalTransition('The database lacks 2 migrations. Run `taskflow db migrate`.');
    },
  );
  while (!watch.state().detail.includes('migrations')) await new Promise(setImmediate);
  expect(watch.state().ready).toBe(false);
});
