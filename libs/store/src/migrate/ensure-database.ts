import pg from 'pg';
import { mapDatabaseError } from '../database-error.js';

const DUPLICATE_DATABASE = '42P04';

/**
 * Creates the database that the URL names, on its server, when it is not there yet.
 *
 * @returns whether it was created
 */
export async function ensureDatabase(url: string): Promise<boolean> {
  const admin = new URL(url);
  const name = decodeURIComponent(admin.pathname.slice(1));
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href, connectionTimeoutMillis: 10_000 });
  // The query that is running fails as well when the connection does, and says so to the caller.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount !== 0) return false;
    await client.query(`create database ${pg.escapeIdentifier(name)}`);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === DUPLICATE_DATABASE) return false;
    throw mapDatabaseError(error, 'create database');
  } finally {
    await client.end();
  }
}
