import { Violation } from '../world/world.js';

/** @param invariant its number in docs/guarantees.md */
export function fail(invariant: string, what: string): never {
  throw new Violation(`${invariant}: ${what}`);
}
