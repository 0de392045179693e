import type { Queryable, Statement } from '../db.js';

/**
 * What the last holder of a destination has kept for the next one.
 *
 * Locks: none. Index: primary key. Caller: openSeat.
 */
export const loadDestinationStateStatement: Statement = {
  name: 'push_load_destination_state',
  text: `select state -> 'kept' as kept from push_destinations where name = $1`,
};

/**
 * Keeps something for the next holder of a destination.
 *
 * Locks: the row FOR NO KEY UPDATE. Index: primary key. Idempotent. Caller: openSeat, under its fence.
 */
export const saveDestinationStateStatement: Statement = {
  name: 'push_save_destination_state',
  text: `update push_destinations set state = state || jsonb_build_object('kept', $2::jsonb) where name = $1`,
};

export async function loadDestinationState(q: Queryable, name: string): Promise<unknown> {
  const rows = await q.query<{ kept: unknown }>(loadDestinationStateStatement, [name]);
  return rows[0]?.kept ?? null;
}

/** `kept` is JSON text. */
export async function saveDestinationState(q: Queryable, name: string, kept: string): Promise<void> {
  await q.query(saveDestinationStateStatement, [name, kept]);
}
