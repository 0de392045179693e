import { doubtSubmits, renewDestination, takeDestination, type DestinationSeat } from '@taskflow/store';
import type { Ctx } from '../context.js';

/**
 * Prolongs the lease of a destination under `epoch`, or takes the destination when nobody holds it; gives the epoch under which
 * it is held, undefined while somebody else has it. On a take-over, submits that were under way become doubtful.
 */
export async function holdDestination(ctx: Ctx, seat: DestinationSeat, epoch?: string): Promise<string | undefined> {
  if (epoch !== undefined && (await renewDestination(ctx.db, { ...seat, epoch }))) return epoch;
  return ctx.db.tx(async (q) => {
    const taken = await takeDestination(q, seat);
    if (taken !== undefined) await doubtSubmits(q, seat.name);
    return taken;
  });
}

/** Gives a destination up, so that another pusher takes it at its next look. */
export async function releaseDestination(ctx: Ctx, seat: DestinationSeat, epoch: string): Promise<void> {
  await renewDestination(ctx.db, { ...seat, epoch, leaseMs: -1 });
}
