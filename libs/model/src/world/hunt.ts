import fc from 'fast-check';
import type { MemoryStatements } from '../memory/statement.js';
import { shorten } from './shorten.js';
import { stories } from './stories.js';
import { playStory, tell, type Played, type Story } from './story.js';

export interface HuntInput {
  /** The same seed plays the same stories. */
  readonly seed: number;
  /** Ends with the first story after which so many statements have been run. */
  readonly statements: number;
  /** Steps of the longest story; 120 by default. */
  readonly maxSteps?: number | undefined;
  /** What the store in memory answers with; a test plants a fault in it. */
  readonly store?: MemoryStatements | undefined;
}

export interface Hunted {
  readonly stories: number;
  readonly statements: number;
  readonly seconds: number;
  /** The shortest story found that goes wrong. */
  readonly found: (Played & { readonly story: Story; readonly text: string }) | undefined;
}

/** Plays random stories until one goes wrong, and then looks for the shortest of its kind. */
export async function hunt({ seed, statements: wanted, maxSteps = 120, store }: HuntInput): Promise<Hunted> {
  const began = performance.now();
  let played = 0;
  let statements = 0;
  const property = fc.asyncProperty(stories(maxSteps), async (story) => {
    if (statements >= wanted) return;
    const one = await playStory(story, store);
    if (one.violation !== undefined) throw new Error(one.violation);
    played += 1;
    statements += one.statements;
  });
  // Once enough was run the rest is skipped, at no cost.
  const numRuns = Math.ceil(wanted / 20);
  const result = await fc.check(property, { seed, numRuns, endOnFailure: true });
  const [story] = result.counterexample ?? [];
  const seconds = (performance.now() - began) / 1000;
  if (story === undefined) return { stories: played, statements, seconds, found: undefined };
  const goesWrong = async (other: Story): Promise<boolean> => (await playStory(other, store)).violation !== undefined;
  const shortest = await shorten(story, goesWrong);
  const again = await playStory(shortest, store);
  const text = `seed ${seed}\n${tell(shortest, again)}`;
  return { stories: played, statements, seconds, found: { ...again, story: shortest, text } };
}
