import type { Queryable, Statement } from '../db.js';

/**
 * Ends sessions that have no leases any more.
 *
 * Locks: the rows FOR NO KEY UPDATE; callers hold them FOR UPDATE. Index: primary key, task_leases_by_session.
 * Idempotent: a closed session stays as it was closed. Caller: openSession, closeSession, expireLeases, each after what it
 * found of their leases has been given back or ended.
 */
export const closeSessionsStatement: Statement = {
  name: 'session_close',
  text: `
update worker_sessions s
   set closed_at = clock_timestamp(), close_reason = $2
 where s.id = any ($1::bigint[]) and s.closed_at is null and not exists (select from task_leases l where l.session_id = s.id)
returning s.id, s.worker`,
};

export function closeSessions(
  q: Queryable,
  ids: readonly string[],
  reason: string,
): Promise<{ id: string; worker: string }[]> {
  return q.query(closeSessionsStatement, [ids, reason]);
}
