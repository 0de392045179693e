import pg from 'pg';
import { createTestDatabase } from './create-test-database.js';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('each database has the migrations and is apart from the others', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await query(one.url, 'create table only_here ()');
  const tables = `select table_name from information_schema.tables where table_name in ('only_here', 'task_records')`;
  expect(await query(one.url, tables)).toHaveLength(2);
  expect(await query(two.url, tables)).toEqual([{ table_name: 'task_records' }]);
  await Promise.all([one.drop(), two.drop()]);
  await expect(query(one.url, 'select 1')).rejects.toThrow(/does not exist/);
});

test('a change of status that the domain does not allow is refused', async () => {
  const database = await createTestDatabase();
  const insert = `insert into workflow_instances (workflow_name, version_id, status, priority, run_at, nodes_total)
    select 'w', id, 'queued', 'normal', now(), 0 from definition_versions`;
  await query(
    database.url,
    `insert into definition_versions (kind, name, hash, spec) values ('workflow', 'w', 'h', '{}'); ${insert}`,
  );
  await query(database.url, `update workflow_instances set status = 'running'`);
  await expect(query(database.url, `update workflow_instances set status = 'queued'`)).rejects.toThrow(
    /no transition from running to queued/,
  );
  await database.drop();
});
