import { askSyncRow, noteSyncedRow } from '@taskflow/store';
import { recordChanges } from '../access/record-changes.js';
import type { Ctx } from '../context.js';
import type { PushCtx } from './push-context.js';
import { getDestination, noDestination, type ListedDestination } from './read-destinations.js';

/** What a look at all jobs of a destination has found. */
export interface SyncFound {
  readonly lookedAt: number;
  /** Of these, that run. */
  readonly running: number;
  /** Whose end was found and written. */
  readonly ended: number;
  /** That the destination does not know. */
  readonly missing: number;
  /** Jobs that nobody tracks and that were told to end. */
  readonly orphans: number;
  /** Why not all could be looked at. */
  readonly error?: string | undefined;
}

/**
 * Asks the holder of a destination to look at all of its jobs now, whenever it would have next. Done when `syncedAt` is the
 * `syncAskedAt` of the answer, or later.
 *
 * @throws NotFound
 */
export async function askSync(ctx: Ctx, input: { readonly name: string }): Promise<ListedDestination> {
  const { name } = input;
  await ctx.db.tx(async (q) => {
    if (!(await askSyncRow(q, name))) throw noDestination(name);
    await recordChanges(ctx, q, [{ kind: 'destination', target: name, detail: { sync: true } }]);
  });
  ctx.wake.cancelRequested();
  return getDestination(ctx, input);
}

/** Answers what was asked for at `asked`. */
export async function noteSynced(ctx: PushCtx, asked: Date, found: SyncFound): Promise<void> {
  const { destination: name, epoch } = ctx;
  await noteSyncedRow(ctx.db, { name, epoch, asked, found: JSON.stringify(found) });
}
