import type { Queryable, Statement } from '../db.js';

/**
 * Schedules that are no longer in their definition fire no more, also not what they have buffered; their slots stay.
 *
 * Locks: the rows, and those of buffered slots. Index: primary key, schedule_slots_buffered. Idempotent: yes. Caller:
 * applyDefinitions.
 */
export const retireSchedulesStatement: Statement = {
  name: 'definition_retire_schedules',
  text: `
with retired as (
  update schedules set active = false, next_at = null, revision = revision + 1, updated_at = clock_timestamp()
   where id = any ($1::bigint[]) and active
)
update schedule_slots
   set outcome = 'missed', reason = 'removed: its schedule was, while it waited', decided_at = clock_timestamp()
 where schedule_id = any ($1::bigint[]) and outcome = 'buffered'`,
};

export async function retireSchedules(q: Queryable, ids: readonly string[]): Promise<void> {
  await q.query(retireSchedulesStatement, [ids]);
}
