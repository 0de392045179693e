import { findLocked, toLeaseRef, type LeaseRef } from '@taskflow/store';
import type { Ctx } from '../context.js';

/** Of these leases, those that cannot be ended while somebody else's transaction holds their rows. Waits for nothing. */
export async function lockedLeases(ctx: Ctx, input: { readonly leases: readonly LeaseRef[] }): Promise<LeaseRef[]> {
  if (input.leases.length === 0) return [];
  return (await findLocked(ctx.db, input.leases)).map(toLeaseRef);
}
