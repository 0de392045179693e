import type { Queryable, Statement } from '../db.js';

/**
 * Queues nodes of an earlier run again, with the version, lane and params of this run and fresh retry budgets. Attempts
 * count on, so that the history stays whole.
 *
 * Locks: the records' rows. Index: primary key. Idempotent: guarded by an ended status. Caller: the scheduler under its
 * fence, for the nodes that a re-run starts; nodes with limits are put among the blocked, to be admitted.
 */
export const requeueNodesStatement: Statement = {
  name: 'workflow_requeue_nodes',
  text: `
with given as (
  select * from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::text[], $5::bigint[])
    as g (id, version_id, lane_id, params, rank_offset)
), again as (
  update task_records r
     set status = 'queued', version_id = g.version_id, lane_id = g.lane_id, params = g.params::jsonb,
         failures = 0, losses = 0, flags = r.flags & ~2, expires_at = null, reason = null, message = null, exit_code = null,
         output = null, worker = null,
         run_at = clock_timestamp(), started_at = null, finished_at = null, cancel_requested_at = null, cancel_reason = null
    from given g
   where r.id = g.id and r.status in ('failed', 'cancelled', 'dequeued', 'skipped')
  returning r.id, r.workflow_instance_id, r.lane_id, r.attempt, r.flags, r.limit_keys[1] as limit_key, g.rank_offset,
            floor(extract(epoch from r.run_at) * 1000)::bigint + g.rank_offset as rank
), queued as (
  insert into task_queue (lane_id, rank, id, attempt, flags)
  select lane_id, rank, id, attempt, flags from again where limit_key is null
), blocked as (
  insert into task_blocked (id, limit_key, rank) select id, limit_key, rank from again where limit_key is not null
), event as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor)
  select id, workflow_instance_id, 'redriven', 'scheduler' from again
)
select id, lane_id, limit_key from again`,
};

export interface RequeuedNode {
  readonly id: string;
  readonly versionId: string;
  readonly laneId: number;
  /** JSON text of an object. */
  readonly params: string;
  readonly rankOffset: number;
}

export function requeueNodes(
  q: Queryable,
  nodes: readonly RequeuedNode[],
): Promise<{ id: string; lane_id: number; limit_key: string | null }[]> {
  return q.query(requeueNodesStatement, [
    nodes.map((node) => node.id),
    nodes.map((node) => node.versionId),
    nodes.map((node) => node.laneId),
    nodes.map((node) => node.params),
    nodes.map((node) => node.rankOffset),
  ]);
}
