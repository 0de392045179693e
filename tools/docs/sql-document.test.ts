import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { openDb, type Db } from '@taskflow/store';
import { codeBlocks } from './code-block.ts';

const root = join(import.meta.dirname, '../..');
const blocks = codeBlocks(root).filter(({ info }) => info === 'sql');

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'docs', maxConnections: 2 });
}, 60_000);

afterAll(async () => {
  await db.close();
  await database.drop();
});

class Undone extends Error {}

test.each(blocks.map(({ place, code }) => [place, code] as const))('%s runs', async (_place, code) => {
  const statements = code.split(';').filter((part) => part.trim() !== '');
  // Undone at the end: a role would belong to the whole server.
  const run = db.tx(async (q) => {
    for (const text of statements) await q.query({ name: '', text });
    throw new Undone();
  });
  await expect(run).rejects.toThrow(Undone);
});

test('docs/sql.md names every view and its columns', async () => {
  const text = readFileSync(join(root, 'docs/sql.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(v_\w+)` \| [^|]+ \| ([^|]+) \|$/gm)];
  const documented = Object.fromEntries(rows.map(([, view = '', columns = '']) => [view, columns.trim().split(', ')]));
  const found = await db.query<{ view: string; columns: string[] }>({
    name: '',
    text: `select table_name as view, array_agg(column_name::text order by ordinal_position) as columns
             from information_schema.columns where table_schema = 'public' and table_name like 'v\\_%' group by table_name`,
  });
  expect(documented).toEqual(Object.fromEntries(found.map(({ view, columns }) => [view, columns])));
});
