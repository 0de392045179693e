import { openDb, type Db } from '@taskflow/store';
import { createTestDatabase, fillHistory, millionWanted, type TestDatabase } from '@taskflow/testing';
import pg from 'pg';
import { audit, type Violation } from './audit.js';

// A hundredth of it always; all of it where it is asked for (npm run test:million), with the time of each check.
const INSTANCES = millionWanted ? 1_000_000 : 20_000;
const LONGEST_S = millionWanted ? 60 : 20;

let database: TestDatabase;
let db: Db;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'audit-million', answerWithinMs: 0 });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await fillHistory(client, { instances: INSTANCES });
}, 600_000);
afterAll(async () => {
  await client.end();
  await db.close();
  await database.drop();
});

async function timedAudit(): Promise<{ violations: Violation[]; seconds: number; lines: string[] }> {
  const lines: string[] = [];
  const began = performance.now();
  const violations = await audit(db, {
    onCheck: ({ invariant, name }, { ms }) => lines.push(`${ms.toFixed(0).padStart(7)} ms  ${invariant} ${name}`),
  });
  return { violations, seconds: (performance.now() - began) / 1000, lines };
}

test(`${INSTANCES} instances: nothing is found where nothing is wrong, in seconds`, async () => {
  const { violations, seconds, lines } = await timedAudit();
  if (millionWanted) console.log([...lines.sort().reverse(), `${seconds.toFixed(1)} s in all`].join('\n'));
  expect(violations).toEqual([]);
  expect(seconds).toBeLessThan(LONGEST_S);
}, 600_000);

test('one row among them is found', async () => {
  const { rows } = await client.query<{ id: string }>(
    `delete from task_attempts where task_instance_id = (select id from task_records where status = 'success' and workflow_instance_id is null
       order by id desc limit 1) returning task_instance_id as id`,
  );
  const { violations } = await timedAudit();
  const named = violations.filter(({ check }) =>
    ['success-has-its-attempt', 'terminal-state-has-event'].includes(check),
  );
  expect(named.map(({ count, rows: [row] }) => [count, row?.['id']])).toEqual([
    [1, rows[0]?.id],
    [1, rows[0]?.id],
  ]);
}, 600_000);
