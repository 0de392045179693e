import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import pg from 'pg';
import { runCli } from '../test/run-cli.js';

let database: TestDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  env = { TASKFLOW_DATABASE_URL: database.url };
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // 30 instances that are in no queue: nobody would ever run them.
  await client.query(
    `insert into task_records (task_name, version_id, lane_id, status, priority, run_at, trace_parent)
     select 'lost', 1, 1, 'queued', 'normal', now(), '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
       from generate_series(1, 30)`,
  );
  await client.end();
});
afterAll(() => database.drop());

test('a violation is shown with what it means and the rows that prove it, and ends with 1', async () => {
  const { code, stdout, stderr } = await runCli(['doctor', '--audit', '--rows', '3'], { env });
  expect(code).toBe(1);
  expect(stdout).toContain('I1 live-instance-is-somewhere: it does not hold that an instance that has not ended');
  expect(stdout).toContain('nothing will ever run it');
  expect(stdout.match(/id=\d+ task_name=lost status=queued attempt=0 places=0/g)).toHaveLength(3);
  expect(stdout).toContain('and 27 more');
  expect(stderr).toContain('1 checks contradict 1 invariants');
  expect(stderr).toContain('1 invariants do not hold');
});

test('as JSON: every check with its time, every violation with its rows', async () => {
  const { code, stdout } = await runCli(['doctor', '--audit', '-o', 'json'], { env });
  expect(code).toBe(1);
  const { checks, violations } = JSON.parse(stdout) as { checks: object[]; violations: { rows: object[] }[] };
  expect(checks.length).toBeGreaterThan(40);
  expect(violations).toMatchObject([{ invariant: 'I1', check: 'live-instance-is-somewhere', count: 30 }]);
  expect(violations[0]?.rows).toHaveLength(20);
});

test('what is asked for wrongly ends with 2, and a check that takes too long with 6', async () => {
  expect(await runCli(['doctor', '--audit', '--rows', 'all'], { env })).toMatchObject({ code: 2 });
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('begin; lock table task_attempts in access exclusive mode');
  const { code, stderr } = await runCli(['doctor', '--audit', '--timeout', '200ms'], { env });
  await client.end();
  expect({ code, stderr }).toMatchObject({ code: 6, stderr: expect.stringContaining('history-has-its-instance') });
});
