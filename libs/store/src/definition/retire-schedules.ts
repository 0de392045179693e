import type { Queryable, Statement } from '../db.js';

/**
 * Schedules that are no longer in their definition fire no more; their slots stay.
 *
 * Locks: the rows. Index: primary key. Idempotent: yes. Caller: applyDefinitions.
 */
export const retireSchedulesStatement: Statement = {
  name: 'definition_retire_schedules',
  text: `
update schedules set active = false, next_at = null, revision = revision + 1, updated_at = clock_timestamp()
 where id = any ($1::bigint[]) and active`,
};

export async function retireSchedules(q: Queryable, ids: readonly string[]): Promise<void> {
  await q.query(retireSchedulesStatement, [ids]);
}
