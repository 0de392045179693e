import type pg from 'pg';
import type { Migration } from './read-migrations.js';

// The table, its columns and its meaning are Prisma's: `prisma migrate deploy` and this code may take turns on a database.
const CREATE = `
create table if not exists _prisma_migrations (
  id                  varchar(36) primary key not null,
  checksum            varchar(64) not null,
  finished_at         timestamptz,
  migration_name      varchar(255) not null,
  logs                text,
  rolled_back_at      timestamptz,
  started_at          timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`;

const LIST = `
select distinct on (migration_name) migration_name as name, checksum, finished_at
  from _prisma_migrations
 where rolled_back_at is null
 order by migration_name, started_at desc`;

export interface MigrationRecord {
  readonly name: string;
  readonly checksum: string;
  /** Null when `prisma migrate deploy` failed in the middle of it. */
  readonly finished_at: Date | null;
}

/** What was applied to this database; nothing when it has no such table. */
export async function listRecords(client: pg.ClientBase): Promise<MigrationRecord[]> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as there`,
  );
  if (rows[0]?.there !== true) return [];
  return (await client.query<MigrationRecord>(LIST)).rows;
}

export async function createRecordTable(client: pg.ClientBase): Promise<void> {
  await client.query(CREATE);
}

export async function recordApplied(client: pg.ClientBase, migration: Migration): Promise<void> {
  await client.query(
    `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     values (gen_random_uuid()::text, $1, $2, now(), clock_timestamp(), 1)`,
    [migration.checksum, migration.name],
  );
}
