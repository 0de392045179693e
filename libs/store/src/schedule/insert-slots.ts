import type { Queryable, Statement } from '../db.js';

/**
 * Records what becomes of slots. Only whose row is inserted here may fire: the primary key lets a slot be decided once.
 *
 * Locks: none beyond the inserts. Index: primary key. Idempotent: a slot that has a row is left out of the answer.
 * Caller: the scheduler (with its term), and the api where it changes a schedule (with term 0).
 */
export const insertSlotsStatement: Statement = {
  name: 'schedule_insert_slots',
  text: `
insert into schedule_slots (schedule_id, slot, outcome, reason, term)
select u.schedule_id, u.slot, u.outcome, u.reason, $5
  from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[]) u (schedule_id, slot, outcome, reason)
on conflict (schedule_id, slot) do nothing
returning schedule_id, slot, outcome`,
};

export interface NewSlot {
  readonly scheduleId: string;
  readonly slot: Date;
  readonly outcome: string;
  readonly reason: string;
}

export interface InsertedSlot {
  readonly schedule_id: string;
  readonly slot: Date;
  readonly outcome: string;
}

export function insertSlots(q: Queryable, term: string, slots: readonly NewSlot[]): Promise<InsertedSlot[]> {
  return q.query<InsertedSlot>(insertSlotsStatement, [
    slots.map((slot) => slot.scheduleId),
    slots.map((slot) => slot.slot),
    slots.map((slot) => slot.outcome),
    slots.map((slot) => slot.reason),
    term,
  ]);
}
