import type { Queryable, Statement } from '../db.js';

/**
 * Marks a session that takes no more leases.
 *
 * Locks: the row FOR NO KEY UPDATE. Index: primary key. Idempotent: the first time stays. Caller: drainSession.
 */
export const drainSessionStatement: Statement = {
  name: 'session_drain',
  text: `
update worker_sessions set draining_at = clock_timestamp() where id = $1 and closed_at is null and draining_at is null`,
};

export async function markDraining(q: Queryable, id: string): Promise<void> {
  await q.query(drainSessionStatement, [id]);
}
