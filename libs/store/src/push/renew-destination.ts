import type { Queryable, Statement } from '../db.js';
import type { DestinationSeat } from './take-destination.js';

/**
 * Prolongs the lease of the one who holds a destination; with a lease of no length gives it up.
 *
 * Locks: the row FOR NO KEY UPDATE, which the fences of the holder's own transactions do not block. Index: primary key.
 * Idempotent: guarded by epoch and owner. Caller: holdDestination, releaseDestination.
 */
export const renewDestinationStatement: Statement = {
  name: 'push_renew_destination',
  text: `
update push_destinations
   set lease_until = clock_timestamp() + $4 * interval '1 millisecond'
 where name = $1 and lease_epoch = $2 and lease_owner = $3
returning name`,
};

/** False when it has passed to somebody else. */
export async function renewDestination(q: Queryable, seat: DestinationSeat & { epoch: string }): Promise<boolean> {
  const rows = await q.query(renewDestinationStatement, [seat.name, seat.epoch, seat.owner, seat.leaseMs]);
  return rows.length > 0;
}
