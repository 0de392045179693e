import type { Queryable, Statement } from '../db.js';

/**
 * The open sessions of a worker, locked: no claim adds leases to them any more, no other connect of the same name goes on.
 *
 * Locks: an advisory one for the name, until the end of the transaction; the sessions FOR UPDATE, which waits for running
 * claims. Index: worker_sessions_open. Idempotent: changes nothing. Caller: openSession.
 */
export const lockWorkerStatement: Statement = {
  name: 'session_lock_worker',
  text: `
with alone as materialized (select pg_advisory_xact_lock(7243003, hashtext($1)))
select s.id, s.process from alone, worker_sessions s where s.worker = $1 and s.closed_at is null order by s.id for update of s`,
};

export function lockWorker(q: Queryable, worker: string): Promise<{ id: string; process: string | null }[]> {
  return q.query(lockWorkerStatement, [worker]);
}
