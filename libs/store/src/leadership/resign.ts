import type { Queryable, Statement } from '../db.js';

/** Candidates listen here; the payload is the seat that became free. */
export const LEADER_CHANNEL = 'taskflow_leader';

/**
 * Gives the seat up and tells the candidates, who then need not wait for their next poll.
 *
 * Locks: the row FOR NO KEY UPDATE. Index: primary key. Idempotent: guarded by term and holder.
 * Caller: the leader when it stops or cannot do its duties. The notification is sent at commit, once per term.
 */
export const resignStatement: Statement = {
  name: 'leadership_resign',
  text: `
with free as (
  update leadership
     set holder = null, lease_until = clock_timestamp() - interval '1 millisecond'
   where name = $1 and term = $2 and holder = $3
  returning name
)
select pg_notify('taskflow_leader', name) from free`,
};

export async function resign(q: Queryable, seat: { name: string; term: string; holder: string }): Promise<void> {
  await q.query(resignStatement, [seat.name, seat.term, seat.holder]);
}
