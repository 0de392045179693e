import type { JsonObject, JsonValue } from '@taskflow/domain';
import { loadDestinationState, saveDestinationState } from '@taskflow/store';
import { fenced, type PushCtx } from './push-context.js';

/** What the holder of a destination finds of the last one, and leaves for the next one. */
export interface PushSeat {
  load(): Promise<JsonValue>;
  /** @throws Unavailable NOT_HOLDER */
  save(kept: JsonObject): Promise<void>;
}

export function openSeat(ctx: PushCtx): PushSeat {
  return {
    load: async () => (await loadDestinationState(ctx.db, ctx.destination)) as JsonValue,
    save: (kept) => fenced(ctx, (q) => saveDestinationState(q, ctx.destination, JSON.stringify(kept))),
  };
}
