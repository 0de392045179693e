import type { Queryable, Statement } from '../db.js';

/**
 * A page of what became of a schedule's slots, newest first.
 *
 * Locks: none. Index: primary key, backwards. Idempotent: reads only. Caller: the api.
 */
export const listSlotsStatement: Statement = {
  name: 'schedule_list_slots',
  text: `
select slot, outcome, reason, task_instance_id, workflow_instance_id, decided_at
  from schedule_slots
 where schedule_id = $1 and slot < coalesce($2::timestamptz, 'infinity')
 order by slot desc
 limit $3`,
};

export interface SlotRow {
  readonly slot: Date;
  readonly outcome: string;
  readonly reason: string;
  readonly task_instance_id: string | null;
  readonly workflow_instance_id: string | null;
  readonly decided_at: Date;
}

export interface ListSlotsInput {
  readonly scheduleId: string;
  readonly before?: Date | undefined;
  readonly limit: number;
}

export function listSlotRows(q: Queryable, input: ListSlotsInput): Promise<SlotRow[]> {
  return q.query<SlotRow>(listSlotsStatement, [input.scheduleId, input.before ?? null, input.limit]);
}
