import type { Queryable, Statement } from '../db.js';

/**
 * Turns buffered slots into what became of them: fired, or skipped because their target is no longer active.
 *
 * Locks: the rows. Index: primary key. Idempotent: guarded by the outcome, so one caller gets the slot.
 * Caller: the scheduler under its fence.
 */
export const releaseBufferedStatement: Statement = {
  name: 'schedule_release_buffered',
  text: `
update schedule_slots s
   set outcome = u.outcome, reason = u.reason, term = $5, decided_at = clock_timestamp()
  from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[]) u (schedule_id, slot, outcome, reason)
 where s.schedule_id = u.schedule_id and s.slot = u.slot and s.outcome = 'buffered'
returning s.schedule_id, s.slot, s.outcome`,
};

export function releaseBuffered(
  q: Queryable,
  term: string,
  slots: readonly { scheduleId: string; slot: Date; outcome: string; reason: string }[],
): Promise<{ schedule_id: string; slot: Date; outcome: string }[]> {
  return q.query(releaseBufferedStatement, [
    slots.map((slot) => slot.scheduleId),
    slots.map((slot) => slot.slot),
    slots.map((slot) => slot.outcome),
    slots.map((slot) => slot.reason),
    term,
  ]);
}
