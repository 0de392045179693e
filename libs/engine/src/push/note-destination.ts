import {
  markRemoved,
  noteConfigFaultRow,
  noteDestinationRow,
  noteTroubleRow,
  registerDestinationRows,
  type DestinationRow,
} from '@taskflow/store';
import type { Ctx } from '../context.js';
import type { PushCtx } from './push-context.js';

/** Makes the configured destinations known, by name. */
export async function registerDestinations(ctx: Ctx, destinations: readonly DestinationRow[]): Promise<void> {
  if (destinations.length > 0) await registerDestinationRows(ctx.db, destinations);
}

/** Shows on these destinations what keeps their changed file from being taken over; nothing when absent. */
export async function noteConfigFault(ctx: Ctx, names: readonly string[], fault?: string): Promise<void> {
  await noteConfigFaultRow(ctx.db, names, fault);
}

/**
 * Marks what a pusher's file does not name and what nobody holds: no file names it any more. Its instances and jobs say so, and
 * nothing is done to them until a pusher names it again. Gives the names of those that were marked now.
 */
export function markRemovedDestinations(ctx: Ctx, named: readonly string[]): Promise<string[]> {
  return markRemoved(ctx.db, named);
}

export interface DestinationState {
  /** Open: nothing is claimed or submitted, so instances stay in the queue. */
  readonly breaker: 'open' | 'closed';
  /** Absent: all is well. */
  readonly error?: string | undefined;
  /** It has answered since the last note. */
  readonly answered: boolean;
  /** Milliseconds until an open breaker is tried. */
  readonly retryMs?: number | undefined;
}

/** Shows how a destination is, in its row. */
export async function noteDestination(ctx: PushCtx, state: DestinationState): Promise<void> {
  await noteDestinationRow(ctx.db, { name: ctx.destination, epoch: ctx.epoch, ...state });
}

/** Shows why this pusher cannot begin to work for a destination, in its row, unless somebody else works for it. */
export async function noteTrouble(ctx: Ctx, name: string, error: string): Promise<void> {
  await noteTroubleRow(ctx.db, name, error);
}
