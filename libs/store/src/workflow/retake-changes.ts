import type { Queryable, Statement } from '../db.js';
import type { TakenChange } from './take-changes.js';

/**
 * Takes these changes, which came back when the transaction that had taken them rolled back.
 *
 * Locks: the rows. Index: primary key of workflow_changes, primary key of task_records. Idempotent: who is gone is left out.
 * Caller: the scheduler under its fence, to apply a page of changes in smaller parts.
 */
export const retakeChangesStatement: Statement = {
  name: 'workflow_retake_changes',
  text: `
with taken as (
  delete from workflow_changes where id = any ($1::bigint[])
  returning id, workflow_instance_id, task_instance_id, kind
)
select t.id, t.workflow_instance_id, t.kind, r.id as task_instance_id, r.node_key, r.status, r.reason
  from taken t
  left join task_records r on r.id = t.task_instance_id
 order by t.id`,
};

export function retakeChanges(q: Queryable, ids: readonly string[]): Promise<TakenChange[]> {
  return q.query<TakenChange>(retakeChangesStatement, [ids]);
}
