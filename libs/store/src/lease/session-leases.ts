import type { Queryable, Statement } from '../db.js';
import type { HeldLease } from './load-leases.js';

/**
 * The leases of sessions, oldest first. Workers start in the order in which they get, so no more than the oldest `slots` of a
 * session can have been started; the others only waited in the worker.
 *
 * Locks: none; callers hold the sessions FOR UPDATE. Index: task_leases_by_session, primary keys. Idempotent: reads only.
 * Caller: openSession, closeSession, expireLeases.
 */
export const sessionLeasesStatement: Statement = {
  name: 'lease_of_sessions',
  text: `
select l.id, l.attempt, l.lease_id, l.session_id, r.version_id, r.failures, r.losses,
       l.cancel_requested_at is not null as cancelled, l.cancel_reason, l.started
  from unnest($1::bigint[]) u (session_id)
  join worker_sessions s on s.id = u.session_id
 cross join lateral (
   select x.*, row_number() over (order by x.lease_id) <= s.slots as started
     from task_leases x where x.session_id = s.id order by x.lease_id) l
  join task_records r on r.id = l.id
 limit $2`,
};

export interface SessionLease extends HeldLease {
  /** It may have been started. */
  readonly started: boolean;
}

export function sessionLeases(q: Queryable, sessionIds: readonly string[], limit: number): Promise<SessionLease[]> {
  return q.query<SessionLease>(sessionLeasesStatement, [sessionIds, limit]);
}
