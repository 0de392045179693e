import type { Queryable, Statement } from '../db.js';

/**
 * Writes how a destination is, for people and for the reason that instances wait.
 *
 * Locks: the row FOR NO KEY UPDATE. Index: primary key. Idempotent: guarded by the epoch. Caller: noteDestination.
 */
export const noteDestinationStatement: Statement = {
  name: 'push_note_destination',
  text: `
update push_destinations
   set state = state || jsonb_build_object('breaker', $3::text),
       last_ok_at = case when $4::text is null then clock_timestamp() else last_ok_at end,
       last_error = coalesce($4, last_error),
       last_error_at = case when $4::text is null then last_error_at else clock_timestamp() end
 where name = $1 and lease_epoch = $2`,
};

export interface DestinationNote {
  readonly name: string;
  readonly epoch: string;
  readonly breaker: 'open' | 'closed';
  /** Absent: all is well. */
  readonly error?: string | undefined;
}

export async function noteDestination(q: Queryable, note: DestinationNote): Promise<void> {
  await q.query(noteDestinationStatement, [note.name, note.epoch, note.breaker, note.error ?? null]);
}
