import type { Db } from '@taskflow/store';
import { explained } from './explain-failure.js';
import { databaseUrl, type DatabaseOptions } from './url.js';

/** Opens the database itself for the time of `use`: for what the api does not tell. */
export async function withDatabase<T>(options: DatabaseOptions, use: (db: Db) => Promise<T>): Promise<T> {
  const url = databaseUrl(options);
  const { openDb } = await import('@taskflow/store');
  // An audit of millions of rows takes its time.
  const session = { applicationName: 'taskflow cli', maxConnections: 2, namedStatements: false, answerWithinMs: 0 };
  const db = openDb({ url, ...session });
  try {
    return await explained(url, () => use(db));
  } finally {
    await db.close();
  }
}
