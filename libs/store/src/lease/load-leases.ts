import type { Queryable, Statement } from '../db.js';
import { leaseColumns, type LeaseRef, type LeaseRow } from './lease-ref.js';

/**
 * What must be known of leases to decide how their attempts end.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only; the write that follows is guarded by the fencing token.
 * Caller: completeTasks, handBack.
 */
export const loadLeasesStatement: Statement = {
  name: 'lease_load',
  text: `
select l.id, l.attempt, l.lease_id, l.session_id, r.version_id, r.failures, r.losses,
       l.cancel_requested_at is not null as cancelled, l.cancel_reason
  from unnest($1::bigint[], $2::integer[], $3::bigint[]) g (id, attempt, lease_id)
 cross join lateral (
   select * from task_leases l where l.id = g.id and l.attempt = g.attempt and l.lease_id = g.lease_id offset 0) l
  join task_records r on r.id = l.id`,
};

export interface HeldLease extends LeaseRow {
  readonly session_id: string;
  readonly version_id: string;
  readonly failures: number;
  readonly losses: number;
  /** Its end was asked for. */
  readonly cancelled: boolean;
  readonly cancel_reason: string | null;
}

export function loadLeases(q: Queryable, refs: readonly LeaseRef[]): Promise<HeldLease[]> {
  return q.query<HeldLease>(loadLeasesStatement, leaseColumns(refs));
}
