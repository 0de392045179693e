import type { Queryable, Statement } from '../db.js';
import { ENGINE_FAULT } from './mark-faulty.js';

/**
 * Ends those of these runs that were given up and have no task left that is to run or runs.
 *
 * Locks: the runs' rows. Index: primary keys, task_records_node, unique_keys_by_workflow. Idempotent: guarded by status and
 * reason. Ending frees the unique key. Caller: the scheduler under its fence.
 */
export const endFaultyStatement: Statement = {
  name: 'workflow_end_faulty',
  text: `
with ended as (
  update workflow_instances w
     set status = 'failed', finished_at = clock_timestamp(),
         nodes_done = (select count(*) from task_records r where r.workflow_instance_id = w.id)
   where w.id = any ($1::bigint[]) and w.status = 'running' and w.reason = $2
     and not exists (select from task_records r where r.workflow_instance_id = w.id and r.finished_at is null)
  returning w.id, w.reason, w.message
), event as (
  insert into task_events (workflow_instance_id, type, actor, reason, detail)
  select id, 'failed', 'scheduler', reason, jsonb_build_object('message', message) from ended
), freed as (
  delete from unique_keys k using ended e where k.workflow_instance_id = e.id and k.expires_at is null
)
select id from ended`,
};

export async function endFaulty(q: Queryable, ids: readonly string[]): Promise<string[]> {
  const rows = await q.query<{ id: string }>(endFaultyStatement, [ids, ENGINE_FAULT]);
  return rows.map((row) => row.id);
}
