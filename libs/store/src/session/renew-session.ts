import type { Queryable, Statement } from '../db.js';

/**
 * Prolongs a session, and with it all of its leases.
 *
 * Locks: the row FOR NO KEY UPDATE, beside claims. Index: primary key. Idempotent: guarded; a session that has expired stays
 * so, whether or not its leases were taken back yet. Caller: heartbeat.
 */
export const renewSessionStatement: Statement = {
  name: 'session_renew',
  text: `
update worker_sessions
   set heartbeat_at = clock_timestamp(), lease_until = clock_timestamp() + $2 * interval '1 millisecond'
 where id = $1 and closed_at is null and lease_until > clock_timestamp()
returning id`,
};

export async function renewSession(q: Queryable, id: string, leaseTtlMs: number): Promise<boolean> {
  return (await q.query(renewSessionStatement, [id, leaseTtlMs])).length > 0;
}
