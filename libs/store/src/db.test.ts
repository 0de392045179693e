import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { openDb, type Db, type Statement } from './db.js';

/** A way to the database whose connections fall silent on request; new ones work. */
async function silentWay(databaseUrl: string) {
  const { port, hostname } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((caller) => {
    const callee = connect(Number(port), hostname);
    for (const socket of [caller, callee]) sockets.add(socket.on('error', () => socket.destroy()));
    caller.pipe(callee).pipe(caller);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const way = new URL(databaseUrl);
  way.port = String((server.address() as AddressInfo).port);
  return {
    url: way.href,
    silence() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

let database: TestDatabase;
let db: Db;

const statement = (name: string, text: string): Statement => ({ name, text });

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'test', maxConnections: 2 });
  await db.query(statement('create', 'create table kept (n bigint, at timestamptz default now())'));
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

const count = async () =>
  (await db.query<{ count: string }>(statement('count', 'select count(*) from kept')))[0]?.count;

test('a transaction is kept as a whole or not at all, and gives its connection back', async () => {
  const insert = statement('insert', 'insert into kept (n) values ($1) returning n');
  expect(await db.tx((q) => q.query(insert, ['9007199254740993']))).toEqual([{ n: '9007199254740993' }]);
  for (let time = 0; time < 5; time += 1) {
    const failing = db.tx(async (q) => {
      await q.query(insert, [1]);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await expect(db.tx((q) => q.query(statement('bad', 'select 1 / 0')))).rejects.toThrow('division by zero');
  }
  expect(await count()).toBe('1');
});

test('statements are prepared by name, but for those that are planned each time or behind a pooler', async () => {
  const pooled = openDb({ url: database.url, applicationName: 'pooled', maxConnections: 1, namedStatements: false });
  const single = openDb({ url: database.url, applicationName: 'single', maxConnections: 1 });
  const prepared = statement('prepared', `select name from pg_prepared_statements order by name`);
  await single.query({ ...statement('planned_anew', 'select 1'), planEachTime: true });
  expect(await single.query(prepared)).toEqual([{ name: 'prepared' }]);
  expect(await pooled.query(prepared)).toEqual([]);
  await Promise.all([pooled.close(), single.close()]);
});

test('a lost connection is Unavailable, and the next call has another one', async () => {
  const kill = statement('kill', 'select pg_terminate_backend(pg_backend_pid())');
  await expect(db.query(kill)).rejects.toMatchObject({ kind: 'Unavailable', reason: 'DATABASE_DOWN', retryable: true });
  await expect(db.tx((q) => q.query(kill))).rejects.toMatchObject({ reason: 'DATABASE_DOWN' });
  expect(await count()).toBe('1');
});

test('a connection that falls silent is given up in time, and its like with it', async () => {
  const way = await silentWay(database.url);
  const careful = openDb({ url: way.url, applicationName: 'careful', maxConnections: 3, answerWithinMs: 600 });
  const one = statement('one', 'select 1 as n');
  // Three connections, all of which will be half-open.
  await Promise.all(Array.from({ length: 3 }, () => careful.query(statement('nap', 'select pg_sleep(0.05)'))));
  way.silence();
  const silence = { kind: 'Unavailable', reason: 'DATABASE_DOWN', retryable: true };
  await expect(careful.query(one)).rejects.toMatchObject(silence);
  expect(await careful.query(one)).toEqual([{ n: 1 }]);
  way.silence();
  const began = performance.now();
  await expect(careful.tx((q) => q.query(one))).rejects.toMatchObject(silence);
  // One limit, not another one for the rollback.
  expect(performance.now() - began).toBeLessThan(1150);
  expect(await careful.tx((q) => q.query(one))).toEqual([{ n: 1 }]);
  await careful.close();
  await way.close();
});

test('the locks of a process that is stopped in a transaction are freed', async () => {
  const limit = statement(
    'limit',
    `select setting::int as ms from pg_settings where name = 'idle_in_transaction_session_timeout'`,
  );
  const [{ ms } = { ms: 0 }] = await db.query<{ ms: number }>(limit);
  expect(ms).toBeGreaterThan(1000);
  expect(ms).toBeLessThan(10_000);
  // The same in short.
  const stopped = db.tx(async (q) => {
    await q.query(statement('short', `set local idle_in_transaction_session_timeout = 50`));
    await q.query(statement('lock', 'lock table kept'));
    expect(await count()).toBe('1');
    await q.query(statement('late', 'select 1'));
  });
  await expect(stopped).rejects.toMatchObject({ kind: 'Unavailable', retryable: true });
});

test('two transactions that block each other: one is told to repeat', async () => {
  await db.query(statement('two', 'insert into kept (n) values (2), (3)'));
  const update = statement('update', 'update kept set at = now() where n = $1');
  let arrived = 0;
  let meet: () => void = () => undefined;
  const both = new Promise<void>((resolve) => (meet = resolve));
  const inOrder = (first: number, second: number) =>
    db.tx(async (q) => {
      await q.query(update, [first]);
      arrived += 1;
      if (arrived === 2) meet();
      await both;
      await q.query(update, [second]);
    });
  const results = await Promise.allSettled([inOrder(2, 3), inOrder(3, 2)]);
  const [refused] = results.filter((result) => result.status === 'rejected');
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  expect(refused?.reason).toMatchObject({ kind: 'VersionConflict', retryable: true });
});

test('a database without tables is Unavailable: they are being made, or wanted', async () => {
  const missing = { name: '', text: 'select from not_there' };
  await expect(db.query(missing)).rejects.toMatchObject({
    kind: 'Unavailable',
    reason: 'NOT_MIGRATED',
    retryable: true,
  });
});
