import { LeaseLost, parseId } from '@taskflow/domain';
import { findCloseReason, renewSession } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { LEASE_TTL_MS } from './lease-times.js';
import { sessionReplaced } from './session-replaced.js';

/**
 * Prolongs a session and all leases of it.
 *
 * @throws LeaseLost when it has expired: the worker stops what it runs and connects again; with reason SESSION_REPLACED when
 * another process has connected under its name
 */
export async function heartbeat(
  ctx: Ctx,
  input: { readonly sessionId: string; readonly leaseTtlMs?: number | undefined },
): Promise<{ readonly leaseTtlMs: number }> {
  const id = parseId(input.sessionId, 'session_id');
  const leaseTtlMs = input.leaseTtlMs ?? LEASE_TTL_MS;
  if (await renewSession(ctx.db, id, leaseTtlMs)) return { leaseTtlMs };
  const closed = await findCloseReason(ctx.db, id);
  if (closed?.close_reason === 'replaced') throw sessionReplaced(closed.worker);
  throw new LeaseLost(
    `Session ${id} has ended: no heartbeat came in time, or the worker connected again. Connect anew with the leases still held.`,
    { metadata: { session_id: id } },
  );
}
