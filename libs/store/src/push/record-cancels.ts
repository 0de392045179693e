import type { Queryable, Statement } from '../db.js';

/**
 * Notes that the wish to end jobs was sent, and when it is to be sent again should they still be there. The event is written
 * once, when a job outlives the time that its end may take.
 *
 * Locks: the rows. Index: primary key. Idempotent: sending again is harmless. Caller: recordCancels under its fence.
 */
export const recordCancelsStatement: Statement = {
  name: 'push_record_cancels',
  text: `
with sent as (
  update push_jobs j
     set cancel_sent_at = clock_timestamp(), cancel_tries = j.cancel_tries + 1,
         next_action_at = clock_timestamp() + least(60000, 1000 * 2 ^ least(j.cancel_tries, 10)) * interval '1 millisecond',
         detail = case when o.overdue then coalesce(j.detail, '{}') || '{"cancel_overdue": true}' else j.detail end
    from (select id, not coalesce(detail ? 'cancel_overdue', false)
                 and cancel_requested_at < clock_timestamp() - $2 * interval '1 millisecond' as overdue
            from push_jobs where id = any ($1::bigint[])) o
   where j.id = o.id and j.phase in ('submitted', 'running', 'missing')
  returning j.task_instance_id, j.attempt, j.destination, o.overdue
)
insert into task_events (task_instance_id, workflow_instance_id, type, actor, reason, detail)
select s.task_instance_id, r.workflow_instance_id, 'cancel_overdue', $3, 'NOT_ENDED_IN_TIME',
       jsonb_build_object('attempt', s.attempt, 'destination', s.destination)
  from sent s join task_records r on r.id = s.task_instance_id
 where s.overdue`,
};

export async function recordCancels(
  q: Queryable,
  ids: readonly string[],
  context: { readonly cancelTimeoutMs: number; readonly actor: string },
): Promise<void> {
  await q.query(recordCancelsStatement, [ids, context.cancelTimeoutMs, context.actor]);
}
