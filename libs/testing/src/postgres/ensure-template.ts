import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { transitionGuards } from './guard-transitions.js';
import { databaseUrl, withClient } from './server-client.js';

const MIGRATIONS = join(import.meta.dirname, '../../../../prisma/migrations');
const TEMPLATE_LOCK = 7_243_001;

type Migration = { name: string; script: string };

/**
 * Name of the template database; made when this server has none yet. It is named after its content, so that a server which
 * is kept between runs gets a new one when a migration or the transition tables change.
 */
export async function ensureTemplate(client: pg.Client, server: string): Promise<string> {
  const migrations = readMigrations();
  const guards = transitionGuards();
  const template = `taskflow_template_${sha256(JSON.stringify([migrations, guards])).slice(0, 16)}`;
  await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template]);
    if (rowCount) return template;
    const building = `${template}_new`;
    await client.query(`drop database if exists ${building} with (force)`);
    await client.query(`create database ${building}`);
    await withClient(databaseUrl(server, building), async (target) => {
      for (const { script } of migrations) await target.query(script);
      await recordApplied(target, migrations);
      await target.query(guards);
    });
    await client.query(`alter database ${building} rename to ${template}`);
    return template;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

function readMigrations(): Migration[] {
  const names = readdirSync(MIGRATIONS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names
    .map(({ name }) => ({ name, script: readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8') }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

// As `prisma migrate deploy` and libs/store would have left it: a service that starts here finds nothing to apply.
async function recordApplied(client: pg.Client, migrations: Migration[]): Promise<void> {
  await client.query(`
    create table _prisma_migrations (
      id                  varchar(36) primary key,
      checksum            varchar(64) not null,
      finished_at         timestamptz,
      migration_name      varchar(255) not null,
      logs                text,
      rolled_back_at      timestamptz,
      started_at          timestamptz not null default now(),
      applied_steps_count integer not null default 0
    )`);
  await client.query(
    `insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
     select gen_random_uuid()::text, checksum, clock_timestamp(), name, 1 from unnest($1::text[], $2::text[]) m (name, checksum)`,
    [migrations.map(({ name }) => name), migrations.map(({ script }) => sha256(script))],
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
