import type { Queryable, Statement } from '../db.js';

/**
 * Takes a destination whose lease has run out; its epoch grows by one.
 *
 * Locks: the row FOR UPDATE, so it waits for every transaction that fenced itself on the old epoch (FOR KEY SHARE) and
 * nothing of that epoch commits afterwards. Index: primary key. Idempotent: of several one finds the lease expired.
 * Caller: holdDestination.
 */
export const takeDestinationStatement: Statement = {
  name: 'push_take_destination',
  text: `
with free as (
  select name from push_destinations
   where name = $1 and (lease_until is null or lease_until < clock_timestamp()) for update
)
update push_destinations d
   set lease_epoch = d.lease_epoch + 1, lease_owner = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond',
       removed_at = null
  from free
 where d.name = free.name
returning d.lease_epoch as epoch`,
};

export interface DestinationSeat {
  readonly name: string;
  /** Unique among the pushers of a deployment. */
  readonly owner: string;
  readonly leaseMs: number;
}

/** The new epoch, or undefined while somebody else holds it. */
export async function takeDestination(q: Queryable, seat: DestinationSeat): Promise<string | undefined> {
  const rows = await q.query<{ epoch: string }>(takeDestinationStatement, [seat.name, seat.owner, seat.leaseMs]);
  return rows[0]?.epoch;
}
