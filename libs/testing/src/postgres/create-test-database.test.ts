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
