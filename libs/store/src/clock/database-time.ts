import type { Queryable, Statement } from '../db.js';

/**
 * What time it is for everything that is stored.
 *
 * Locks: none. Index: none. Idempotent: reads only. Caller: verbs that compute from "now" without changing anything.
 */
export const databaseTimeStatement: Statement = {
  name: 'clock_database_time',
  text: 'select clock_timestamp() as now',
};

export async function databaseTime(q: Queryable): Promise<Date> {
  const [row] = await q.query<{ now: Date }>(databaseTimeStatement);
  if (!row) throw new Error('the database did not say what time it is');
  return row.now;
}
