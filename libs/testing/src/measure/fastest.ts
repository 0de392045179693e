/**
 * The shortest of several measures in milliseconds: what something takes when nothing else keeps the machine busy.
 * Measures until one is below `enough`, at most `times`.
 */
export async function fastest(times: number, enough: number, measure: () => Promise<number>): Promise<number> {
  let shortest = Infinity;
  for (let time = 0; time < times && shortest >= enough; time += 1) shortest = Math.min(shortest, await measure());
  return shortest;
}

/** How long the work takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
