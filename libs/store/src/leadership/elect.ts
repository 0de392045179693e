import type { Queryable, Statement } from '../db.js';

/**
 * Takes the seat when its lease has run out; the term grows by one.
 *
 * Locks: the row FOR UPDATE, so it waits for every transaction that fenced itself on the old term (FOR KEY SHARE) and
 * nothing of that term commits afterwards. Index: primary key. Idempotent: of several candidates one finds the lease
 * expired. Caller: candidates, each second.
 */
export const electStatement: Statement = {
  name: 'leadership_elect',
  text: `
with seat as (
  select name from leadership where name = $1 and lease_until < clock_timestamp() for update
)
update leadership l
   set term = l.term + 1, holder = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond',
       elected_at = clock_timestamp()
  from seat
 where l.name = seat.name
returning l.term`,
};

export interface ElectInput {
  readonly name: string;
  readonly holder: string;
  readonly leaseMs: number;
}

/** The new term, or undefined while someone else holds the seat. */
export async function elect(q: Queryable, input: ElectInput): Promise<string | undefined> {
  const rows = await q.query<{ term: string }>(electStatement, [input.name, input.holder, input.leaseMs]);
  return rows[0]?.term;
}
