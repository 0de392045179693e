import type { Queryable, Statement } from '../db.js';

/**
 * Wants the end of jobs whose time has run out: `timeout` for one that runs, `capacity` for one that never started. A cancel
 * that somebody asks for later is still noted, and wins.
 *
 * Locks: the rows. Index: push_jobs_open. Idempotent: guarded by the class. Caller: stopOverdue under its fence.
 */
export const stopOverdueStatement: Statement = {
  name: 'push_stop_overdue',
  text: `
update push_jobs
   set failure_class = case when remote_started_at is null then 'capacity' else 'timeout' end,
       next_action_at = clock_timestamp()
 where destination = $1 and phase in ('submitted', 'running') and deadline_at <= statement_timestamp() and failure_class is null
returning id`,
};

export async function stopOverdue(q: Queryable, destination: string): Promise<number> {
  return (await q.query(stopOverdueStatement, [destination])).length;
}
