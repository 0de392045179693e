import type { Queryable, Statement } from '../db.js';

/**
 * Lets one registration at a time through, so that two that name the same Tasks in another order cannot meet in the middle.
 *
 * Locks: an advisory one until the transaction ends. Index: none. Idempotent: yes. Caller: applyDefinitions.
 */
export const lockDefinitionsStatement: Statement = {
  name: 'definition_lock',
  text: 'select pg_advisory_xact_lock(7243002)::text, coalesce($1::timestamptz, clock_timestamp()) as now',
};

/** The moment from which the registration holds. */
export async function lockDefinitions(q: Queryable, now?: Date): Promise<Date> {
  const [row] = await q.query<{ now: Date }>(lockDefinitionsStatement, [now ?? null]);
  if (row === undefined) throw new Error('Postgres gave no row for a constant select.');
  return row.now;
}
