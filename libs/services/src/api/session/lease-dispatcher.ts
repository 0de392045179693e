import type { LeasedTask, WaitingWorker } from '@taskflow/engine';
import { addLaneSet, laneKey, touches, type LaneSet } from './lane-set.js';
import type { Taker } from './taker.js';

export interface Demand {
  readonly sessionId: string;
  readonly credits: number;
}

export interface LeaseDispatcherOptions {
  /** One statement for all who share a set of lanes. */
  readonly lease: (laneIds: readonly number[], demand: readonly Demand[]) => Promise<readonly LeasedTask[]>;
  /** There are leases of which no worker has been told. */
  readonly onLeased?: () => void;
  /** Leases that nobody took: their taker went while they were claimed. */
  readonly giveBack: (sessionId: string, leases: readonly LeasedTask[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface LeaseDispatcher {
  join(taker: Taker): void;
  leave(taker: Taker): void;
  /** The taker wants more than before, or other lanes. */
  changed(taker: Taker): void;
  /** Resolves when nothing is left for this taker, or it wants no more. */
  looked(taker: Taker): Promise<void>;
  /** Something became ready in these lanes; empty: in any. */
  wake(laneIds: readonly number[]): void;
  /** Somebody who waits for work of this lane, where nothing else waits for him; what is kept is asked for by no claim. */
  waiting(laneId: number): WaitingWorker | undefined;
  /** True when a taker here has this lane. */
  serves(laneId: number): boolean;
  /** Looks again where takers wait; without `all` at one set of lanes, the next in turn. */
  poll(all: boolean): void;
  /** Claims no more; resolves when the running claims have ended. */
  stop(): Promise<void>;
}

const MOST_PER_CLAIM = 1000;
// Every place that is asked for costs something, also when there is one task for all of them.
const FEW_PER_CLAIM = 50;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/**
 * Claims for all takers of a set of lanes together, one statement at a time for each set: what is asked for while a statement runs is
 * in the next one. A set in which nothing was left sleeps until it is woken or polled, and then asks for few at first.
 */
export function createLeaseDispatcher(options: LeaseDispatcherOptions): LeaseDispatcher {
  const sets = new Map<string, LaneSet>();
  const places = new Map<Taker, LaneSet>();
  const claims = new Set<Promise<void>>();
  let stopped = false;

  const run = (set: LaneSet): void => {
    if (stopped || set.idle || set.running !== undefined || set.pause !== undefined) return;
    const running = claim(set).finally(() => {
      claims.delete(running);
      set.running = undefined;
      // What came in the very turn in which the loop ended.
      if (!set.idle && demandOf(set).length > 0) run(set);
    });
    claims.add(running);
    set.running = running;
  };

  const claim = async (set: LaneSet): Promise<void> => {
    for (let demand = demandOf(set); !stopped && demand.length > 0; demand = demandOf(set)) {
      const { generation } = set;
      try {
        const leases = await options.lease(set.laneIds, demand);
        set.failures = 0;
        await hand(set, leases);
        set.plenty = leases.length >= demand.reduce((sum, { credits }) => sum + credits, 0);
        // A wake-up during the claim may be for a row that the claim was too early to see.
        if (!set.plenty && generation === set.generation) {
          set.idle = true;
          return;
        }
      } catch (error) {
        options.onError(error);
        rest(set);
        return;
      }
    }
  };

  const rest = (set: LaneSet): void => {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** set.failures, LONGEST_PAUSE_MS);
    set.failures += 1;
    set.pause = setTimeout(() => {
      set.pause = undefined;
      run(set);
    }, pause);
  };

  const hand = async (set: LaneSet, leases: readonly LeasedTask[]): Promise<void> => {
    if (leases.length > 0) options.onLeased?.();
    const bySession = Map.groupBy(leases, (lease) => lease.sessionId);
    for (const [sessionId, all] of bySession) {
      let rest: readonly LeasedTask[] = all;
      for (const taker of set.takers) {
        if (rest.length === 0) break;
        if (taker.sessionId !== sessionId) continue;
        const count = Math.min(taker.wanted(), rest.length);
        if (count > 0) taker.take(rest.slice(0, count));
        rest = rest.slice(count);
      }
      if (rest.length > 0) await options.giveBack(sessionId, rest);
    }
  };

  const keep = (set: LaneSet, taker: Taker): WaitingWorker => {
    set.kept.set(taker, (set.kept.get(taker) ?? 0) + 1);
    // The next one has its turn first.
    set.takers.delete(taker);
    set.takers.add(taker);
    const free = (): void => {
      const left = (set.kept.get(taker) ?? 0) - 1;
      if (left > 0) set.kept.set(taker, left);
      else set.kept.delete(taker);
    };
    return {
      sessionId: taker.sessionId,
      lease(task) {
        free();
        hand(set, [task]).catch(options.onError);
      },
      release() {
        free();
        run(set);
      },
    };
  };

  const leave = (taker: Taker): void => {
    const set = places.get(taker);
    if (set === undefined) return;
    places.delete(taker);
    set.takers.delete(taker);
    if (set.takers.size > 0) return;
    clearTimeout(set.pause);
    sets.delete(set.key);
  };

  const join = (taker: Taker): void => {
    if (taker.laneIds.length === 0) return;
    const set = addLaneSet(sets, taker.laneIds);
    set.takers.add(taker);
    places.set(taker, set);
    // A set that slept was empty for those who were there; only a wake-up or a poll can change that.
    run(set);
  };

  return {
    join,
    leave,
    changed(taker) {
      const set = places.get(taker);
      if (set?.key === laneKey(taker.laneIds)) return run(set);
      leave(taker);
      join(taker);
    },
    looked: async (taker) => places.get(taker)?.running,
    wake(laneIds) {
      for (const set of sets.values()) {
        if (laneIds.length > 0 && !touches(set, laneIds)) continue;
        set.generation += 1;
        set.idle = false;
        run(set);
      }
    },
    waiting(laneId) {
      if (stopped) return undefined;
      for (const set of sets.values()) {
        // Where a claim may find something, that has waited for longer.
        if (!set.idle || set.running !== undefined || !set.members.has(laneId)) continue;
        const taker = [...set.takers].find((each) => wantedOf(set, each) > 0);
        if (taker !== undefined) return keep(set, taker);
      }
      return undefined;
    },
    serves: (laneId) => [...sets.values()].some((set) => set.members.has(laneId)),
    poll(all) {
      const waiting = [...sets.values()].filter((set) => set.idle && demandOf(set).length > 0);
      for (const set of all ? waiting : waiting.slice(0, 1)) {
        set.idle = false;
        // To the end of the line, so that each has its turn.
        sets.delete(set.key);
        sets.set(set.key, set);
        run(set);
      }
    },
    async stop() {
      stopped = true;
      for (const set of sets.values()) clearTimeout(set.pause);
      await Promise.all(claims);
    },
  };
}

/** What it takes beyond what is kept for submissions that are on their way. */
function wantedOf(set: LaneSet, taker: Taker): number {
  return taker.wanted() - (set.kept.get(taker) ?? 0);
}

function demandOf(set: LaneSet): Demand[] {
  const waiting = [...set.takers].filter((taker) => wantedOf(set, taker) > 0);
  const demand = new Map<string, number>();
  let left = set.plenty ? MOST_PER_CLAIM : Math.max(FEW_PER_CLAIM, waiting.length);
  for (const [index, taker] of waiting.entries()) {
    const share = Math.min(wantedOf(set, taker), Math.max(1, Math.floor(left / (waiting.length - index))));
    demand.set(taker.sessionId, (demand.get(taker.sessionId) ?? 0) + share);
    left -= share;
    if (left <= 0) break;
  }
  return [...demand].map(([sessionId, credits]) => ({ sessionId, credits }));
}
