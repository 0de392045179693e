import type { Queryable, Statement } from '../db.js';
import { leaseColumns, type LeaseRef } from './lease-ref.js';

/**
 * Puts leases that were not started back into the queue where they stood; no attempt is counted, places of limits are kept.
 *
 * Locks: the leases. Index: primary keys. Idempotent: guarded by the fencing token, whose row is deleted. A lease that is to be
 * cancelled is left, for end-attempts. Caller: handBack, openSession, closeSession, expireLeases, leaseTasks.
 * Each lease is looked up by its id and locked before any is deleted: see Statement.text.
 */
export const returnLeasesStatement: Statement = {
  name: 'lease_return',
  text: `
with back as materialized (
  select l.*
    from unnest($1::bigint[], $2::integer[], $3::bigint[]) g (id, attempt, lease_id)
   cross join lateral (
     select l.id, l.attempt, l.lease_id from task_leases l
      where l.id = g.id and l.attempt = g.attempt and l.lease_id = g.lease_id and l.cancel_requested_at is null
        and ($4::bigint is null or l.session_id = $4) for update) l
), unleased as (
  delete from task_leases where id = any (array(select id from back))
), queued as (
  insert into task_queue (lane_id, rank, id, attempt, flags)
  select r.lane_id, floor(extract(epoch from greatest(r.run_at, r.created_at)) * 1000)::bigint + ($5::jsonb ->> r.priority)::bigint,
         b.id, b.attempt - 1, r.flags
    from back b join task_records r on r.id = b.id
), event as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor, reason, detail)
  select b.id, r.workflow_instance_id, 'handed_back', $6, $7, jsonb_build_object('attempt', b.attempt)
    from back b join task_records r on r.id = b.id
)
select b.id, b.attempt, b.lease_id, r.lane_id from back b join task_records r on r.id = b.id`,
};

export interface ReturnInput {
  readonly leases: readonly LeaseRef[];
  /** Only leases of this session; of any when absent. */
  readonly sessionId?: string | undefined;
  readonly actor: string;
  /** UPPER_SNAKE, for the history. */
  readonly reason: string;
  /** JSON: milliseconds of each priority. */
  readonly rankOffsets: string;
}

export interface ReturnedLease {
  readonly id: string;
  readonly attempt: number;
  readonly lease_id: string;
  readonly lane_id: number;
}

export function returnLeases(q: Queryable, input: ReturnInput): Promise<ReturnedLease[]> {
  const { leases, sessionId, rankOffsets, actor, reason } = input;
  return q.query(returnLeasesStatement, [...leaseColumns(leases), sessionId ?? null, rankOffsets, actor, reason]);
}
