import type { Queryable, Statement } from '../db.js';

/**
 * Asks for the end of runs whose deadline has passed; advancing them then cancels what runs and ends them as failed.
 *
 * Locks: the rows, skipping what others hold. Index: workflow_instances_deadline. Idempotent: only a run that is not
 * being cancelled already. Caller: the scheduler under its fence.
 */
export const expireRunsStatement: Statement = {
  name: 'workflow_expire_runs',
  text: `
with due as (
  select id from workflow_instances
   where status = 'running' and deadline_at <= coalesce($1::timestamptz, statement_timestamp())
     and cancel_requested_at is null
   order by deadline_at limit $2 for update skip locked
), asked as (
  update workflow_instances w
     set cancel_requested_at = coalesce($1::timestamptz, clock_timestamp()), cancel_reason = 'timeout'
    from due where w.id = due.id
  returning w.id
), event as (
  insert into task_events (workflow_instance_id, type, actor, reason)
  select id, 'timeout', 'scheduler', 'TIMEOUT' from asked
), change as (
  insert into workflow_changes (workflow_instance_id, kind) select id, 'cancel_requested' from asked
)
select id from asked`,
};

export function expireRuns(q: Queryable, input: { limit: number; now?: Date | undefined }): Promise<{ id: string }[]> {
  return q.query(expireRunsStatement, [input.now ?? null, input.limit]);
}
