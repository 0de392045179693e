import { markDraining } from '@taskflow/store';
import type { Ctx } from '../context.js';

/** The worker takes no more leases; what it holds, it finishes. */
export async function drainSession(ctx: Ctx, input: { readonly sessionId: string }): Promise<void> {
  await markDraining(ctx.db, input.sessionId);
}
