import { Unavailable } from '@taskflow/domain';
import type { Queryable, Statement } from '../db.js';

/**
 * First statement of every transaction of the holder of a destination: while it is open nobody else can take it, and it
 * fails when somebody has.
 *
 * Locks: the row FOR KEY SHARE until the end of the transaction. Index: primary key. A process that is stopped in the middle
 * must not keep others out: the server ends the session when it is idle in the transaction for three seconds.
 * Caller: the verbs of engine/push.
 */
export const fenceEpochStatement: Statement = {
  name: 'push_fence_epoch',
  text: `
select lease_epoch, set_config('idle_in_transaction_session_timeout', '3000', true),
       set_config('statement_timeout', '30000', true)
  from push_destinations
 where name = $1 and lease_epoch = $2
   for key share`,
};

/** Throws Unavailable (NOT_HOLDER) unless `epoch` is the present one of the destination. */
export async function fenceEpoch(q: Queryable, name: string, epoch: string): Promise<void> {
  const rows = await q.query(fenceEpochStatement, [name, epoch]);
  if (rows.length > 0) return;
  throw new Unavailable(
    `Another pusher took the destination ${name} after epoch ${epoch}; this one must let go of it.`,
    { reason: 'NOT_HOLDER', metadata: { destination: name, epoch } },
  );
}
