import { Unavailable } from '@taskflow/domain';
import type { Queryable, Statement } from '../db.js';

/** The row of `leadership` that the schedulers compete for. */
export const SCHEDULER_SEAT = 'scheduler';

/**
 * First statement of every transaction of the elected scheduler: while it is open nobody else can be elected, and it
 * fails when somebody was.
 *
 * Locks: the row FOR KEY SHARE until the end of the transaction: blocks `elect`, not `renew`. Index: primary key.
 * A process that is stopped in the middle of its transaction must not keep the others out: the server ends the session
 * when it is idle in the transaction for three seconds; a statement may take thirty. Caller: the scheduler's verbs.
 */
export const fenceTermStatement: Statement = {
  name: 'leadership_fence_term',
  text: `
select term, set_config('idle_in_transaction_session_timeout', '3000', true), set_config('statement_timeout', '30000', true)
  from leadership
 where name = $1 and term = $2
   for key share`,
};

/** Throws Unavailable (NOT_LEADER) unless `term` is the present one of the scheduler's seat. */
export async function fenceTerm(q: Queryable, term: string): Promise<void> {
  const rows = await q.query(fenceTermStatement, [SCHEDULER_SEAT, term]);
  if (rows.length > 0) return;
  throw new Unavailable(`Another scheduler was elected after term ${term}; this one must stop and stand by.`, {
    reason: 'NOT_LEADER',
    metadata: { term },
  });
}
