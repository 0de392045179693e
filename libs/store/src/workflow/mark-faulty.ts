import type { Queryable, Statement } from '../db.js';

/** Reason of a run that the scheduler could not decide about; a running one that has it is only waited for, and then ended. */
export const ENGINE_FAULT = 'ENGINE_FAULT';

/**
 * Gives up a running run: nothing is decided about it any more, and end-faulty ends it once none of its tasks is left.
 *
 * Locks: the row. Index: primary key. Idempotent: only a run that is not given up yet. Caller: the scheduler under its fence.
 */
export const markFaultyStatement: Statement = {
  name: 'workflow_mark_faulty',
  text: `
with given_up as (
  update workflow_instances
     set failing = true, reason = $3, message = $2,
         cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()), cancel_reason = coalesce(cancel_reason, $2)
   where id = $1 and status = 'running' and reason is distinct from $3
  returning id
), event as (
  insert into task_events (workflow_instance_id, type, actor, reason, detail)
  select id, 'cancel_requested', 'scheduler', $3, jsonb_build_object('message', $2::text) from given_up
)
select id from given_up`,
};

/** @param input.message for people: what could not be done, and why */
export async function markFaulty(
  q: Queryable,
  input: { readonly id: string; readonly message: string },
): Promise<void> {
  await q.query(markFaultyStatement, [input.id, input.message, ENGINE_FAULT]);
}
