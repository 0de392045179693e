import type { Queryable, Statement } from '../db.js';
import type { LeaseRow } from './lease-ref.js';

/**
 * What claims took of which the answer never came.
 *
 * Locks: none. Index: task_leases_by_session. Idempotent: reads only. Caller: leaseTasks, after a claim that failed.
 */
export const findClaimedStatement: Statement = {
  name: 'lease_find_claimed',
  text: `
select id, attempt, lease_id from task_leases where session_id = any ($1::bigint[]) and claim_id = any ($2::bigint[])`,
};

export function findClaimed(
  q: Queryable,
  sessionIds: readonly string[],
  claimIds: readonly string[],
): Promise<LeaseRow[]> {
  return q.query<LeaseRow>(findClaimedStatement, [sessionIds, claimIds]);
}
