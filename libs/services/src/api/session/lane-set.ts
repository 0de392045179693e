import type { Taker } from './taker.js';

/** The takers that can run the same work, and how things stand with claiming it. */
export interface LaneSet {
  readonly key: string;
  readonly laneIds: readonly number[];
  readonly members: ReadonlySet<number>;
  readonly takers: Set<Taker>;
  /** Leases of takers that are kept for submissions on their way. */
  readonly kept: Map<Taker, number>;
  /** Counts wake-ups. */
  generation: number;
  /** Nothing was left at the last claim and no wake-up has come since. */
  idle: boolean;
  /** The last claim got all that it asked for. */
  plenty: boolean;
  running: Promise<void> | undefined;
  pause: NodeJS.Timeout | undefined;
  failures: number;
}

export function laneKey(laneIds: readonly number[]): string {
  return [...laneIds].sort((a, b) => a - b).join(',');
}

/** The set of these lanes, made when it is not there. */
export function addLaneSet(sets: Map<string, LaneSet>, laneIds: readonly number[]): LaneSet {
  const key = laneKey(laneIds);
  const known = sets.get(key);
  if (known !== undefined) return known;
  const set: LaneSet = {
    key,
    laneIds: [...laneIds],
    members: new Set(laneIds),
    takers: new Set(),
    kept: new Map(),
    generation: 0,
    idle: false,
    plenty: false,
    running: undefined,
    pause: undefined,
    failures: 0,
  };
  sets.set(key, set);
  return set;
}

export function touches(set: LaneSet, laneIds: readonly number[]): boolean {
  return laneIds.some((laneId) => set.members.has(laneId));
}
