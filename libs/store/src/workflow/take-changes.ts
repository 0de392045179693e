import type { Queryable, Statement } from '../db.js';

/**
 * Takes the oldest changes out of the dirty set, with the node that each is about.
 *
 * Locks: the rows, skipping what another transaction holds; they are inserted and deleted only, so the ctid is safe.
 * Index: primary key of workflow_changes, primary key of task_records. Idempotent: they come back when the transaction
 * that applies them rolls back. Caller: the scheduler under its fence.
 */
export const takeChangesStatement: Statement = {
  name: 'workflow_take_changes',
  text: `
with taken as (
  delete from workflow_changes
   where ctid = any (array(select ctid from workflow_changes order by id limit $1 for update skip locked))
  returning id, workflow_instance_id, task_instance_id, kind
)
select t.id, t.workflow_instance_id, t.kind, r.id as task_instance_id, r.node_key, r.status, r.reason
  from taken t
  left join task_records r on r.id = t.task_instance_id
 order by t.id`,
};

export interface TakenChange {
  readonly id: string;
  readonly workflow_instance_id: string;
  readonly kind: 'task_ended' | 'cancel_requested' | 'rerun_requested';
  readonly task_instance_id: string | null;
  readonly node_key: string | null;
  readonly status: string | null;
  readonly reason: string | null;
}

export function takeChanges(q: Queryable, limit: number): Promise<TakenChange[]> {
  return q.query<TakenChange>(takeChangesStatement, [limit]);
}
