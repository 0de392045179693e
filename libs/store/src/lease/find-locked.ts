import type { Queryable, Statement } from '../db.js';
import { leaseColumns, type LeaseRef, type LeaseRow } from './lease-ref.js';

/**
 * Of these leases, those that cannot be ended now, because another transaction holds their row or that of their instance locked.
 *
 * Locks: the others, and lets them go at once. Index: primary keys. Idempotent: changes nothing.
 * Caller: lockedLeases, after a statement has failed with ROWS_LOCKED.
 */
export const findLockedStatement: Statement = {
  name: 'lease_find_locked',
  text: `
with given as materialized (
  select * from unnest((select $1::bigint[]), $2::integer[], $3::bigint[]) g (id, attempt, lease_id)
), leases as materialized (
  select l.lease_id from given g
   cross join lateral (
     select l.lease_id from task_leases l where l.id = g.id and l.lease_id = g.lease_id for update skip locked) l
), records as materialized (
  select r.id from given g
   cross join lateral (select r.id from task_records r where r.id = g.id for no key update skip locked) r
)
select g.id, g.attempt, g.lease_id
  from given g
 cross join lateral (select from task_leases l where l.id = g.id and l.lease_id = g.lease_id offset 0) held
 where not (g.lease_id = any (array(select lease_id from leases)) and g.id = any (array(select id from records)))`,
};

export function findLocked(q: Queryable, refs: readonly LeaseRef[]): Promise<LeaseRow[]> {
  return q.query<LeaseRow>(findLockedStatement, leaseColumns(refs));
}
