import { noteDestinationRow, registerDestinationRows, type DestinationRow } from '@taskflow/store';
import type { Ctx } from '../context.js';
import type { PushCtx } from './push-context.js';

/** Makes the configured destinations known, by name. */
export async function registerDestinations(ctx: Ctx, destinations: readonly DestinationRow[]): Promise<void> {
  if (destinations.length > 0) await registerDestinationRows(ctx.db, destinations);
}

export interface DestinationState {
  /** Open: nothing is claimed or submitted, so instances stay in the queue. */
  readonly breaker: 'open' | 'closed';
  /** Absent: all is well. */
  readonly error?: string | undefined;
}

/** Shows how a destination is, in its row. */
export async function noteDestination(ctx: PushCtx, state: DestinationState): Promise<void> {
  await noteDestinationRow(ctx.db, { name: ctx.destination, epoch: ctx.epoch, ...state });
}
