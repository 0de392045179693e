import type { Queryable, Statement } from '../db.js';

/**
 * Queues an ended run again; when the scheduler starts it, what succeeded before is kept.
 *
 * Locks: the row. Index: primary key. Idempotent: guarded by the status, so a repeated call finds it queued.
 * Caller: the api.
 */
export const requeueRunStatement: Statement = {
  name: 'workflow_requeue_run',
  text: `
with target as (
  select id, status from workflow_instances where id = $1 for update
), again as (
  update workflow_instances w
     set status = 'queued', run_number = w.run_number + 1, run_at = clock_timestamp(), started_at = null,
         finished_at = null, reason = null, message = null, output = null, failing = false, deadline_at = null,
         cancel_requested_at = null, cancel_reason = null
    from target t
   where w.id = t.id and t.status = any ($2::text[])
  returning w.id, w.run_number
), event as (
  insert into task_events (workflow_instance_id, type, actor, detail)
  select id, 'rerun', $3, jsonb_build_object('run_number', run_number) from again
)
select t.id, t.status as was, a.run_number
  from target t left join again a on a.id = t.id`,
};

export interface RequeuedRun {
  readonly id: string;
  /** The status in which it was found. */
  readonly was: string;
  /** Null when it had not ended. */
  readonly run_number: number | null;
}

/** Undefined when there is no such run. */
export async function requeueRun(
  q: Queryable,
  input: { readonly id: string; readonly from: readonly string[]; readonly actor: string },
): Promise<RequeuedRun | undefined> {
  const rows = await q.query<RequeuedRun>(requeueRunStatement, [input.id, input.from, input.actor]);
  return rows[0];
}
