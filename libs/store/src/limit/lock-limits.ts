import type { Queryable, Statement } from '../db.js';

/**
 * Makes admission to these limits a matter of one transaction at a time.
 *
 * Locks: one advisory lock for each key until the end of the transaction, always taken in the same order.
 * Index: none. Idempotent: a lock that is held already is no obstacle. Caller: admitBlocked.
 */
export const lockLimitsStatement: Statement = {
  name: 'limit_lock',
  text: `
select pg_advisory_xact_lock(7243002, k.hash)
  from (select distinct hashtext(key) as hash from unnest($1::text[]) u (key) order by 1) k`,
};

export async function lockLimits(q: Queryable, keys: readonly string[]): Promise<void> {
  await q.query(lockLimitsStatement, [keys]);
}
