import type { Queryable, Statement } from '../db.js';
import { leaseColumns, type LeaseRef } from './lease-ref.js';

/**
 * Which of these leases ended by a completion, and as what: tells a completion that is sent again from one that comes too late.
 *
 * Locks: none. Index: primary key of task_attempts. Idempotent: reads only. Caller: completeTasks, for the few that had no lease.
 */
export const findEndedStatement: Statement = {
  name: 'lease_find_ended',
  text: `
select a.lease_id, a.outcome
  from unnest($1::bigint[], $2::integer[], $3::bigint[]) g (id, attempt, lease_id)
  join task_attempts a on a.task_instance_id = g.id and a.attempt = g.attempt and a.lease_id = g.lease_id`,
};

export function findEnded(q: Queryable, refs: readonly LeaseRef[]): Promise<{ lease_id: string; outcome: string }[]> {
  return q.query(findEndedStatement, leaseColumns(refs));
}
