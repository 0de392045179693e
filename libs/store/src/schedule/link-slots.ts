import type { Queryable, Statement } from '../db.js';

/**
 * Writes into fired slots which instance was made for them.
 *
 * Locks: the slots' rows. Index: primary keys. Idempotent: the same values again. Caller: the scheduler, in the
 * transaction that made slots and instances.
 */
export const linkTaskSlotsStatement: Statement = {
  name: 'schedule_link_task_slots',
  text: `
update schedule_slots s
   set task_instance_id = r.id
  from task_records r
 where r.id = any ($1::bigint[]) and s.schedule_id = r.schedule_id and s.slot = r.scheduled_for`,
};

/** As above, for workflow instances. */
export const linkWorkflowSlotsStatement: Statement = {
  name: 'schedule_link_workflow_slots',
  text: `
update schedule_slots s
   set workflow_instance_id = i.id
  from workflow_instances i
 where i.id = any ($1::bigint[]) and s.schedule_id = i.schedule_id and s.slot = i.scheduled_for`,
};

export async function linkTaskSlots(q: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await q.query(linkTaskSlotsStatement, [ids]);
}

export async function linkWorkflowSlots(q: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await q.query(linkWorkflowSlotsStatement, [ids]);
}
