import type { Queryable, Statement } from '../db.js';

/**
 * Cancels a run that has not started; asks the scheduler to cancel one that runs. An ended run is left as it is.
 *
 * Locks: the row. Index: primary key, unique_keys_by_workflow. Idempotent: only the first call changes anything.
 * Caller: the api.
 */
export const requestCancelStatement: Statement = {
  name: 'workflow_request_cancel',
  text: `
with target as (
  select id, status, cancel_requested_at from workflow_instances where id = $1 for update
), asked as (
  update workflow_instances w
     set cancel_requested_at = clock_timestamp(), cancel_reason = $2,
         status = case when t.status = 'queued' then 'cancelled' else w.status end,
         reason = case when t.status = 'queued' then 'CANCELLED' else w.reason end,
         message = case when t.status = 'queued' then $2 else w.message end,
         finished_at = case when t.status = 'queued' then clock_timestamp() end
    from target t
   where w.id = t.id and t.status in ('queued', 'running') and t.cancel_requested_at is null
  returning w.id, w.status
), change as (
  insert into workflow_changes (workflow_instance_id, kind)
  select id, 'cancel_requested' from asked where status = 'running'
), event as (
  insert into task_events (workflow_instance_id, type, actor, reason, detail)
  select id, case when status = 'running' then 'cancel_requested' else 'cancelled' end, $3, 'CANCELLED',
         jsonb_build_object('message', $2::text)
    from asked
), freed as (
  delete from unique_keys k using asked a
   where k.workflow_instance_id = a.id and a.status = 'cancelled' and k.expires_at is null
)
select t.id, coalesce(a.status, t.status) as status, a.id is not null as changed
  from target t left join asked a on a.id = t.id`,
};

export interface CancelRequested {
  readonly id: string;
  readonly status: string;
  /** False when it was asked for before or the run has ended. */
  readonly changed: boolean;
}

/** Undefined when there is no such run. */
export async function requestWorkflowCancel(
  q: Queryable,
  input: { readonly id: string; readonly reason: string; readonly actor: string },
): Promise<CancelRequested | undefined> {
  const rows = await q.query<CancelRequested>(requestCancelStatement, [input.id, input.reason, input.actor]);
  return rows[0];
}
