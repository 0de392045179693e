import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createEmptyDatabase, type TestDatabase } from '@taskflow/testing';
import pg from 'pg';
import { migrate, migrationStatus } from './migrate.js';

const root = join(import.meta.dirname, '../../../..');
let database: TestDatabase;
let client: pg.Client;
let directory: string;

beforeEach(async () => {
  database = await createEmptyDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  directory = mkdtempSync(join(tmpdir(), 'taskflow-migrations-'));
});

afterEach(async () => {
  await client.end();
  await database.drop();
  rmSync(directory, { recursive: true });
});

function write(name: string, script: string): void {
  mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, name, 'migration.sql'), script);
}

async function prisma(command: string): Promise<string> {
  const env = {
    ...process.env,
    TASKFLOW_DATABASE_URL: database.url,
    CHECKPOINT_DISABLE: '1',
    NO_COLOR: '1',
    NODE_OPTIONS: '',
  };
  const args = [join(root, 'node_modules/prisma/build/index.js'), 'migrate', command];
  const run = promisify(execFile)(process.execPath, args, { cwd: root, env });
  const { stdout, stderr } = await run.catch((error: { stdout: string; stderr: string }) => error);
  return stdout + stderr;
}

test('eight processes that start at once apply everything once', async () => {
  const applied = await Promise.all(Array.from({ length: 8 }, () => migrate({ url: database.url })));
  const names = (await client.query(`select migration_name, checksum, applied_steps_count from _prisma_migrations`))
    .rows;
  expect(applied.flat().sort()).toEqual(names.map((row: { migration_name: string }) => row.migration_name).sort());
  expect(await migrationStatus({ url: database.url })).toEqual({
    applied: applied.flat(),
    pending: [],
    failed: [],
    changed: [],
    unknown: [],
  });
});

test('prisma migrate and this code agree on a database, whoever comes first', async () => {
  expect((await migrationStatus({ url: database.url })).pending).toContain('0001_backbone');
  await migrate({ url: database.url });
  expect(await prisma('deploy')).toMatch(/No pending migrations/);
  expect(await prisma('status')).toMatch(/up to date/);

  await client.query('drop schema public cascade; create schema public');
  expect(await prisma('deploy')).toMatch(/0001_backbone/);
  expect(await migrate({ url: database.url })).toEqual([]);
  expect(await migrationStatus({ url: database.url })).toMatchObject({ pending: [], failed: [], changed: [] });
}, 60_000);

test('a migration that fails leaves nothing behind, and goes on when it is mended', async () => {
  write('0001_a', 'create table a (); ');
  write('0002_b', 'create table b (); select 1 / 0;');
  await expect(migrate({ url: database.url, directory })).rejects.toThrow(/division by zero/);
  expect((await migrationStatus({ url: database.url, directory })).pending).toEqual(['0002_b']);
  expect((await client.query(`select to_regclass('b') as b`)).rows).toEqual([{ b: null }]);
  write('0002_b', 'create table b ();');
  expect(await migrate({ url: database.url, directory })).toEqual(['0002_b']);
});

test('refuses a database whose records do not fit, and accepts one that is ahead', async () => {
  write('0001_a', 'create table a ();');
  write('0002_b', 'create table b ();');
  await migrate({ url: database.url, directory });
  rmSync(join(directory, '0002_b'), { recursive: true });
  expect(await migrate({ url: database.url, directory })).toEqual([]);
  expect((await migrationStatus({ url: database.url, directory })).unknown).toEqual(['0002_b']);

  write('0001_a', 'create table a (changed integer);');
  await expect(migrate({ url: database.url, directory })).rejects.toMatchObject({ reason: 'MIGRATION_CHANGED' });
  write('0001_a', 'create table a ();');
  await client.query(`update _prisma_migrations set finished_at = null where migration_name = '0001_a'`);
  await expect(migrate({ url: database.url, directory })).rejects.toMatchObject({ reason: 'MIGRATION_FAILED' });
});

test('a database that is away is Unavailable', async () => {
  const away = new URL(database.url);
  away.port = '1';
  await expect(migrate({ url: away.href })).rejects.toMatchObject({ kind: 'Unavailable', reason: 'DATABASE_DOWN' });
});
