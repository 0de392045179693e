import type { Queryable, Statement } from '../db.js';

/**
 * Leaves nodes of an earlier run as they ended then, now for the reason that this run does not start them.
 *
 * Locks: the records' rows. Index: primary key. Idempotent: the same values again; only ended instances.
 * Caller: the scheduler under its fence, for the nodes that a re-run skips.
 */
export const settleStaleNodesStatement: Statement = {
  name: 'workflow_settle_stale_nodes',
  text: `
update task_records r
   set finished_at = clock_timestamp(), reason = g.reason
  from unnest($1::bigint[], $2::text[]) g (id, reason)
 where r.id = g.id and r.status in ('failed', 'cancelled', 'dequeued', 'skipped')`,
};

export async function settleStaleNodes(
  q: Queryable,
  nodes: readonly { readonly id: string; readonly reason: string }[],
): Promise<void> {
  await q.query(settleStaleNodesStatement, [nodes.map((node) => node.id), nodes.map((node) => node.reason)]);
}
