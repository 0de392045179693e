import type { Queryable, Statement } from '../db.js';

/**
 * One open session, locked against claims and against being replaced.
 *
 * Locks: the row FOR UPDATE, which waits for running claims. Index: primary key. Idempotent: changes nothing.
 * Caller: closeSession.
 */
export const lockSessionStatement: Statement = {
  name: 'session_lock',
  text: `select id from worker_sessions where id = $1 and closed_at is null for update`,
};

/** False when it is closed already or was never there. */
export async function lockSession(q: Queryable, id: string): Promise<boolean> {
  return (await q.query(lockSessionStatement, [id])).length > 0;
}
