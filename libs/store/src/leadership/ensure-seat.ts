import type { Queryable, Statement } from '../db.js';

/**
 * Makes the row that candidates compete for.
 *
 * Locks: none beyond the insert. Index: primary key. Idempotent: an existing row is left as it is.
 * Caller: each candidate once, before it first asks to be elected.
 */
export const ensureSeatStatement: Statement = {
  name: 'leadership_ensure_seat',
  text: `
insert into leadership (name, term, lease_until)
values ($1, 0, '-infinity')
on conflict (name) do nothing`,
};

export async function ensureSeat(q: Queryable, name: string): Promise<void> {
  await q.query(ensureSeatStatement, [name]);
}
