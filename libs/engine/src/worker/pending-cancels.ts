import { findPendingCancels, toLeaseRef, type LeaseRef } from '@taskflow/store';
import type { Ctx } from '../context.js';

export interface PendingCancel {
  readonly sessionId: string;
  readonly ref: LeaseRef;
  readonly reason: string;
}

/** Attempts of these sessions whose end was asked for; each until it has ended, so a worker may be told more than once. */
export async function pendingCancels(
  ctx: Ctx,
  input: { readonly sessionIds: readonly string[] },
): Promise<PendingCancel[]> {
  if (input.sessionIds.length === 0) return [];
  const rows = await findPendingCancels(ctx.db, input.sessionIds);
  return rows.map((row) => ({ sessionId: row.session_id, ref: toLeaseRef(row), reason: row.cancel_reason ?? '' }));
}
