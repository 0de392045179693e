import type { Queryable, Statement } from '../db.js';

/**
 * Records what becomes of slots. Only whose row is inserted here may fire: the primary key lets a slot be decided once.
 * One that fires gets the id of the instance that the caller makes for it in the same transaction.
 *
 * Locks: none beyond the inserts. Index: primary key. Idempotent: a slot that has a row is left out of the answer.
 * Caller: the scheduler (with its term), and the api where it changes a schedule (with term 0).
 */
export const insertSlotsStatement: Statement = {
  name: 'schedule_insert_slots',
  text: `
insert into schedule_slots (schedule_id, slot, outcome, reason, term, task_instance_id, workflow_instance_id)
select u.schedule_id, u.slot, u.outcome, u.reason, $5,
       case when u.kind = 'task' then nextval('task_records_id_seq') end,
       case when u.kind = 'workflow' then nextval('workflow_instances_id_seq') end
  from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $6::text[]) u (schedule_id, slot, outcome, reason, kind)
on conflict (schedule_id, slot) do nothing
returning schedule_id, slot, outcome, coalesce(task_instance_id, workflow_instance_id) as instance_id`,
};

export interface NewSlot {
  readonly scheduleId: string;
  readonly slot: Date;
  readonly outcome: string;
  readonly reason: string;
  /** What is made for it, where it fires. */
  readonly fires?: 'task' | 'workflow' | undefined;
}

export interface InsertedSlot {
  readonly schedule_id: string;
  readonly slot: Date;
  readonly outcome: string;
  /** Of one that fires. */
  readonly instance_id: string | null;
}

export function insertSlots(q: Queryable, term: string, slots: readonly NewSlot[]): Promise<InsertedSlot[]> {
  return q.query<InsertedSlot>(insertSlotsStatement, [
    slots.map((slot) => slot.scheduleId),
    slots.map((slot) => slot.slot),
    slots.map((slot) => slot.outcome),
    slots.map((slot) => slot.reason),
    term,
    slots.map((slot) => slot.fires ?? null),
  ]);
}
