import type { Queryable, Statement } from '../db.js';
import type { LeaseRow } from './lease-ref.js';

/**
 * Leases of these sessions of which the end was asked for.
 *
 * Locks: none. Index: task_leases_cancel. Idempotent: reads only; a request stays until the attempt has ended.
 * Caller: pendingCancels.
 */
export const pendingCancelsStatement: Statement = {
  name: 'lease_pending_cancels',
  text: `
select session_id, id, attempt, lease_id, cancel_reason
  from task_leases where session_id = any ($1::bigint[]) and cancel_requested_at is not null`,
};

export interface PendingCancelRow extends LeaseRow {
  readonly session_id: string;
  readonly cancel_reason: string | null;
}

export function findPendingCancels(q: Queryable, sessionIds: readonly string[]): Promise<PendingCancelRow[]> {
  return q.query<PendingCancelRow>(pendingCancelsStatement, [sessionIds]);
}
