import { leaseColumns, type LeaseRef, type LeaseRow } from '../lease/lease-ref.js';
import type { Queryable, Statement } from '../db.js';

/**
 * Makes leases that a worker still holds after a reconnect those of its new session.
 *
 * Locks: the leases. Index: primary keys. Idempotent: guarded by the fencing token and the worker's name.
 * Caller: openSession, which holds the worker's open sessions.
 */
export const adoptLeasesStatement: Statement = {
  name: 'session_adopt_leases',
  text: `
with held as materialized (
  select l.id
    from unnest($1::bigint[], $2::integer[], $3::bigint[]) g (id, attempt, lease_id)
   cross join lateral (
     select l.id, l.session_id from task_leases l
      where l.id = g.id and l.attempt = g.attempt and l.lease_id = g.lease_id for update) l
    join worker_sessions s on s.id = l.session_id and s.worker = $5
)
update task_leases l
   set session_id = $4
 where l.id = any (array(select id from held))
returning l.id, l.attempt, l.lease_id`,
};

export function adoptLeases(
  q: Queryable,
  input: { readonly held: readonly LeaseRef[]; readonly sessionId: string; readonly worker: string },
): Promise<LeaseRow[]> {
  return q.query<LeaseRow>(adoptLeasesStatement, [...leaseColumns(input.held), input.sessionId, input.worker]);
}
