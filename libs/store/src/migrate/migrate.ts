import { IllegalTransition } from '@taskflow/domain';
import pg from 'pg';
import { mapDatabaseError } from '../database-error.js';
import { createRecordTable, listRecords, recordApplied, type MigrationRecord } from './migration-records.js';
import { readMigrations, type Migration } from './read-migrations.js';

/** Prisma's own: whoever migrates, by whichever tool, waits for the other. */
const MIGRATION_LOCK = 72_707_369;
// A migration that cannot get its locks gives up instead of holding up everyone who queues behind it.
const LOCK_TIMEOUT_MS = 10_000;

export interface MigrateOptions {
  readonly url: string;
  /** Folder of the migrations; the one that comes with the software by default. */
  readonly directory?: string | undefined;
}

export interface MigrationStatus {
  readonly applied: readonly string[];
  /** Not applied yet. */
  readonly pending: readonly string[];
  /** Begun by another tool and not finished; a person has to look at the database. */
  readonly failed: readonly string[];
  /** Applied, and then changed in this software. */
  readonly changed: readonly string[];
  /** Applied by newer software. */
  readonly unknown: readonly string[];
}

/**
 * Applies what is pending, each migration in a transaction of its own with its record. Several processes may call it at
 * once: one works, the others wait and find nothing to do. Works through a transaction pooler too.
 *
 * @returns the names of those applied by this call
 * @throws IllegalTransition (MIGRATION_FAILED, MIGRATION_CHANGED) when the database is not as its records say; Unavailable
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const migrations = readMigrations(options.directory);
  return withClient(options.url, async (client) => {
    const applied: string[] = [];
    for (
      let next = await applyNext(client, migrations);
      next !== undefined;
      next = await applyNext(client, migrations)
    ) {
      applied.push(next);
    }
    return applied;
  });
}

/** How the migrations of this software and the database stand to each other; changes nothing. */
export function migrationStatus(options: MigrateOptions): Promise<MigrationStatus> {
  const migrations = readMigrations(options.directory);
  return withClient(options.url, async (client) => compare(migrations, await listRecords(client)));
}

/** Name of the migration that was applied; undefined when none is pending. */
async function applyNext(client: pg.Client, migrations: readonly Migration[]): Promise<string | undefined> {
  await client.query('begin');
  try {
    // Of the transaction: behind a transaction pooler a lock of the session would stay with a connection of somebody else's.
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await createRecordTable(client);
    const status = compare(migrations, await listRecords(client));
    refuseBroken(status);
    const next = migrations.find(({ name }) => status.pending.includes(name));
    if (next !== undefined) {
      await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await client.query(next.script);
      await recordApplied(client, next);
    }
    await client.query('commit');
    return next?.name;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

function compare(migrations: readonly Migration[], records: readonly MigrationRecord[]): MigrationStatus {
  const recorded = new Map(records.map((record) => [record.name, record]));
  const known = new Set(migrations.map((migration) => migration.name));
  const finished = records.filter((record) => record.finished_at !== null);
  return {
    applied: finished.map((record) => record.name),
    pending: migrations.map((migration) => migration.name).filter((name) => !recorded.has(name)),
    failed: records.filter((record) => record.finished_at === null).map((record) => record.name),
    changed: migrations
      .filter(({ name, checksum }) => (recorded.get(name)?.checksum ?? checksum) !== checksum)
      .map((migration) => migration.name),
    unknown: finished.map((record) => record.name).filter((name) => !known.has(name)),
  };
}

function refuseBroken({ failed, changed }: MigrationStatus): void {
  if (failed.length > 0) {
    throw new IllegalTransition(
      `Migration ${failed.join(', ')} was begun and not finished. Look at the database, then mark it with ` +
        '`prisma migrate resolve`.',
      { reason: 'MIGRATION_FAILED' },
    );
  }
  if (changed.length > 0) {
    throw new IllegalTransition(
      `Migration ${changed.join(', ')} is not the one that was applied to this database. Use the version of Taskflow ` +
        'that made the database, or an empty database.',
      { reason: 'MIGRATION_CHANGED' },
    );
  }
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'taskflow migrate',
    connectionTimeoutMillis: 10_000,
  });
  // The query that is running fails as well when the connection does, and says so to the caller.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    throw mapDatabaseError(error, 'migrate');
  } finally {
    await client.end();
  }
}
