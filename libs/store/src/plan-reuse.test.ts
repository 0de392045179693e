import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import pg from 'pg';
import { SESSION_OPTIONS, type Statement } from './db.js';
import { getTaskInstancesStatement } from './instance/get-task-instances.js';
import { claimStatement, FROM_THE_START } from './lease/claim.js';
import { completeStatement } from './lease/complete.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url, options: SESSION_OPTIONS });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

// Planning these takes longer than running them. Postgres plans anew for each call where a plan for the given number of ids
// looks cheaper than one for any number.
test.each<[string, Statement, unknown[]]>([
  ['claim', claimStatement, [[1], ['1'], '7', 16, FROM_THE_START.rank, FROM_THE_START.id, ['1'], [1]]],
  ['complete', completeStatement, [['1'], [1], ['1'], [null], null]],
  ['get task instances', getTaskInstancesStatement, [['1']]],
])('%s: one plan serves all calls for a single task', async (_, { name, text }, values) => {
  const CALLS = 20;
  for (let call = 0; call < CALLS; call += 1) await client.query({ name, text, values });
  const { rows } = await client.query<{ planned: number }>(
    'select custom_plans::integer as planned from pg_prepared_statements where name = $1',
    [name],
  );
  // The first five always are.
  expect(rows[0]?.planned).toBeLessThanOrEqual(5);
});
