import { FROM_THE_START, type QueuePlace } from '@taskflow/store';
import type { Ctx } from '../context.js';

/** Where the claims of one set of lanes look from. */
interface Look {
  /** Where the last claim stopped while there was more. */
  readonly floor: QueuePlace;
  /** Monotonic milliseconds: until then the beginning of the queue is not looked at again. */
  readonly restsUntil: number;
}

/** A look at the whole queue that takes longer has many dead rows before it, in milliseconds; */
const SLOW_MS = 25;
/** it is done in a fifth of the time, then. That is also how long something of a better rank may wait for the next one. */
const REST = 4;

const looks = new WeakMap<object, Map<string, Look>>();

export interface ClaimFloor {
  readonly floor: QueuePlace;
  /** True when the claim looks at everything. */
  readonly whole: boolean;
  /** Tells what the claim has found, best rank first; `plenty`: as much as was asked for. */
  note(claimed: readonly QueuePlace[], plenty: boolean): void;
}

/**
 * From where in the queue the next claim of these lanes looks. Everything, as a rule. But while a transaction of somebody else's keeps an
 * old snapshot, rows that were claimed stay where they were, at the head of the queue, and every claim would walk over all of
 * them: then most claims begin where the one before had to stop.
 */
export function claimFloor(ctx: Ctx, laneIds: readonly number[]): ClaimFloor {
  const owner = ctx.db.origin ?? ctx.db;
  const all = looks.get(owner) ?? new Map<string, Look>();
  looks.set(owner, all);
  const key = laneIds.join();
  const began = ctx.clock.monotonicMs();
  const known = all.get(key);
  const whole = known === undefined || began >= known.restsUntil;
  return {
    floor: whole ? FROM_THE_START : known.floor,
    whole,
    note(claimed, plenty) {
      const last = claimed.at(-1);
      if (!plenty || last === undefined) return void all.delete(key);
      const now = ctx.clock.monotonicMs();
      const restsUntil = whole ? now + (now - began >= SLOW_MS ? REST * (now - began) : 0) : known.restsUntil;
      all.set(key, { floor: { rank: last.rank, id: last.id }, restsUntil });
    },
  };
}
