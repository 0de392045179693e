import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import pg from 'pg';
import { openDb, type Db, type Statement } from '../db.js';
import { createListener, type Listener } from './listener.js';
import { CHANNELS, createNotifier } from './notifier.js';

let database: TestDatabase;
let db: Db;
let listener: Listener | undefined;
let heard: string[];
let states: string[];
let changed: () => void = () => undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'test' });
});

afterEach(() => listener?.close());

afterAll(async () => {
  await db.close();
  await database.drop();
});

function listen(): void {
  heard = [];
  states = [];
  listener = createListener({
    url: database.url,
    channels: Object.values(CHANNELS),
    onNotify: (channel, payload) => {
      heard.push(`${channel}:${payload}`);
      changed();
    },
    onState: (state) => {
      states.push(state);
      changed();
    },
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => (changed = resolve));
}

test('many hints make few messages, and every lane is named', async () => {
  const queries: Statement[] = [];
  const notifier = createNotifier({
    query: (statement, values) => {
      queries.push(statement);
      return db.query(statement, values);
    },
  });
  listen();
  await until(() => states.includes('listening'));
  for (let lane = 1; lane <= 300; lane += 1) {
    notifier.ready([lane, lane + 1]);
    notifier.workflowChanged();
  }
  notifier.ended(['1']);
  await notifier.close();
  await until(() => heard.length === 2);
  const lanes = Array.from({ length: 301 }, (_, index) => index + 1).join(',');
  expect(heard.sort()).toEqual([`taskflow_ready:${lanes}`, 'taskflow_workflow:']);
  expect(queries).toHaveLength(1);

  for (let lane = 1; lane <= 5000; lane += 1) notifier.ready([lane]);
  await notifier.close();
  await until(() => heard.length === 3);
  expect(heard[2]).toBe('taskflow_ready:');
});

test('a listener whose connection is cut says so, comes back, and hears again', async () => {
  listen();
  await until(() => states.includes('listening'));
  const killer = new pg.Client({ connectionString: database.url });
  await killer.connect();
  await killer.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'taskflow listen'`,
  );
  await until(() => states.length === 3);
  expect(states).toEqual(['listening', 'lost', 'listening']);
  await killer.query(`notify taskflow_delayed`);
  await until(() => heard.length === 1);
  expect(heard).toEqual(['taskflow_delayed:']);
  await killer.end();
});

test('a notifier without a database loses hints and nothing else', async () => {
  const errors: unknown[] = [];
  const away = openDb({ url: 'postgresql://nobody@127.0.0.1:1/x', applicationName: 'test' });
  const notifier = createNotifier(away, { onError: (error) => errors.push(error) });
  notifier.scheduleChanged();
  await notifier.close();
  expect(errors).toMatchObject([{ reason: 'DATABASE_DOWN' }]);
  await away.close();
});
