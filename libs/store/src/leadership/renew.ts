import type { Queryable, Statement } from '../db.js';

/**
 * Prolongs the lease of the one who holds it.
 *
 * Locks: the row FOR NO KEY UPDATE, which the fences of the holder's own transactions (FOR KEY SHARE) do not block.
 * Index: primary key. Idempotent: guarded by term and holder; an expired lease that nobody took is prolonged too.
 * Caller: the leader, each two seconds.
 */
export const renewStatement: Statement = {
  name: 'leadership_renew',
  text: `
update leadership
   set lease_until = clock_timestamp() + $4 * interval '1 millisecond'
 where name = $1 and term = $2 and holder = $3
returning term`,
};

export interface RenewInput {
  readonly name: string;
  readonly term: string;
  readonly holder: string;
  readonly leaseMs: number;
}

/** False when the seat has passed to someone else. */
export async function renew(q: Queryable, input: RenewInput): Promise<boolean> {
  const rows = await q.query(renewStatement, [input.name, input.term, input.holder, input.leaseMs]);
  return rows.length > 0;
}
