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
       breaker_since = case when $3::text = 'open' then coalesce(breaker_since, clock_timestamp()) end,
       breaker_until = clock_timestamp() + $5 * interval '1 millisecond',
       last_ok_at = case when $6::boolean then clock_timestamp() else last_ok_at end,
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
  /** It has answered since the last note. */
  readonly answered: boolean;
  /** Milliseconds until it is tried again; of an open breaker. */
  readonly retryMs?: number | undefined;
}

export async function noteDestination(q: Queryable, note: DestinationNote): Promise<void> {
  const { name, epoch, breaker, error = null, retryMs = null, answered } = note;
  await q.query(noteDestinationStatement, [name, epoch, breaker, error, retryMs, answered]);
}

/**
 * Writes why a pusher cannot begin to work for a destination that nobody holds.
 *
 * Locks: the row FOR NO KEY UPDATE. Index: primary key. Idempotent. Caller: noteTrouble.
 */
export const noteTroubleStatement: Statement = {
  name: 'push_note_trouble',
  text: `
update push_destinations set last_error = $2, last_error_at = clock_timestamp()
 where name = $1 and (lease_until is null or lease_until < clock_timestamp())`,
};

export async function noteTrouble(q: Queryable, name: string, error: string): Promise<void> {
  await q.query(noteTroubleStatement, [name, error]);
}
