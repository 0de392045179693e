import type { Queryable, Statement } from '../db.js';

/**
 * Notes what keeps a changed file from being taken over; the old configuration goes on.
 *
 * Locks: the rows FOR NO KEY UPDATE. Index: primary key. Idempotent. Caller: the pusher whose file it is.
 */
export const noteConfigFaultStatement: Statement = {
  name: 'push_note_config_fault',
  text: `update push_destinations set config_fault = $2 where name = any ($1::text[]) and config_fault is distinct from $2`,
};

export async function noteConfigFault(
  q: Queryable,
  names: readonly string[],
  fault: string | undefined,
): Promise<void> {
  await q.query(noteConfigFaultStatement, [names, fault ?? null]);
}

/**
 * Marks destinations that a pusher's file does not name and that nobody holds. Who takes or registers one takes the mark away.
 *
 * Locks: the rows FOR NO KEY UPDATE. Index: none; there are few. Idempotent. Caller: the pusher, when it has read its file.
 */
export const markRemovedStatement: Statement = {
  name: 'push_mark_removed',
  text: `
update push_destinations set removed_at = clock_timestamp()
 where name <> all ($1::text[]) and removed_at is null and (lease_until is null or lease_until < clock_timestamp())
returning name`,
};

/** Names of those that were marked now. */
export async function markRemoved(q: Queryable, named: readonly string[]): Promise<string[]> {
  return (await q.query<{ name: string }>(markRemovedStatement, [named])).map(({ name }) => name);
}
