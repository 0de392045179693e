import type { Queryable, Statement } from '../db.js';

/**
 * The places of these limits that are taken.
 *
 * Locks: none; callers hold the limits' locks, so places can only become free meanwhile. Index: primary key of limit_slots.
 * Idempotent: reads only. Caller: admitBlocked.
 */
export const occupiedStatement: Statement = {
  name: 'limit_occupied',
  text: `select limit_key, slot_no from limit_slots where limit_key = any ($1::text[])`,
};

export function occupied(q: Queryable, keys: readonly string[]): Promise<{ limit_key: string; slot_no: number }[]> {
  return q.query(occupiedStatement, [keys]);
}
