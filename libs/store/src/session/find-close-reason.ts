import type { Queryable, Statement } from '../db.js';

/**
 * Why a session was closed.
 *
 * Locks: none. Index: primary key. Idempotent: reads only. Caller: heartbeat, when there was nothing to prolong.
 */
export const findCloseReasonStatement: Statement = {
  name: 'session_find_close_reason',
  text: `select worker, close_reason from worker_sessions where id = $1 and closed_at is not null`,
};

/** Nothing while it is open, expired or not, and where there is none. */
export async function findCloseReason(
  q: Queryable,
  id: string,
): Promise<{ readonly worker: string; readonly close_reason: string | null } | undefined> {
  const [row] = await q.query<{ worker: string; close_reason: string | null }>(findCloseReasonStatement, [id]);
  return row;
}
