import type { Queryable, Statement } from '../db.js';
import type { HeldLease } from './load-leases.js';

/**
 * Leases that have run for longer than they may.
 *
 * Locks: none; the write that follows is guarded by the fencing token. Index: task_leases_deadline, primary keys.
 * Idempotent: reads only. Caller: enforceTimeouts, after postpone-deadlines.
 */
export const overdueStatement: Statement = {
  name: 'lease_overdue',
  text: `
select l.id, l.attempt, l.lease_id, l.session_id, r.version_id, r.failures, r.losses,
       l.cancel_requested_at is not null as cancelled, l.cancel_reason
  from task_leases l join task_records r on r.id = l.id
 where l.deadline_at < coalesce($1::timestamptz, statement_timestamp()) - $2 * interval '1 millisecond' and l.flags & $3 = 0
 order by l.deadline_at
 limit $4`,
};

export interface OverdueInput {
  readonly now?: Date | undefined;
  /** Milliseconds beyond the deadline in which the worker may report the end itself. */
  readonly graceMs: number;
  readonly aheadFlag: number;
  readonly limit: number;
}

export function overdue(q: Queryable, input: OverdueInput): Promise<HeldLease[]> {
  const { now, graceMs, aheadFlag, limit } = input;
  return q.query<HeldLease>(overdueStatement, [now ?? null, graceMs, aheadFlag, limit]);
}
