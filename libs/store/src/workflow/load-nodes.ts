import type { Queryable, Statement } from '../db.js';

/**
 * Every node of these runs that has an instance. One that ended otherwise than by success before its run was started
 * (again) is `stale`: it belongs to an earlier run and is to be decided anew.
 *
 * Locks: none. Index: task_records_node. Idempotent: reads only. Caller: the scheduler, once per run and term; then it
 * keeps the states of its own decisions in memory.
 */
export const loadNodesStatement: Statement = {
  name: 'workflow_load_nodes',
  text: `
select r.workflow_instance_id, r.id, r.node_key, r.status, r.reason,
       r.status <> 'success' and coalesce(r.finished_at < w.started_at, false) as stale
  from task_records r
  join workflow_instances w on w.id = r.workflow_instance_id
 where r.workflow_instance_id = any ($1::bigint[])`,
};

export interface NodeRow {
  readonly workflow_instance_id: string;
  readonly id: string;
  readonly node_key: string;
  readonly status: string;
  readonly reason: string | null;
  readonly stale: boolean;
}

export function loadNodes(q: Queryable, runIds: readonly string[]): Promise<NodeRow[]> {
  return q.query<NodeRow>(loadNodesStatement, [runIds]);
}
