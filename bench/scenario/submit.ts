import { now } from '../peer/tally.ts';
import { clear, fill } from './clear.ts';
import type { Scenario } from './scenario.ts';

/** Batches of 1,000 no-ops without a worker, one call after the other, and four at once. */
export const submit: Scenario = {
  name: 'submit',
  appliesTo: (system) => system.submitBatch !== undefined,
  async measure(system, { sizes }) {
    const count = Math.ceil(sizes.submit / (system.scale ?? 1) / 1000) * 1000;
    const rate = async (inFlight: number): Promise<number> => {
      const from = now();
      await fill(system, count, inFlight);
      return (count * 1000) / (now() - from);
    };
    await fill(system, Math.ceil(count / 4));
    const one = await rate(1);
    const four = await rate(4);
    await clear(system);
    return { 'one call at a time, jobs/s': one, 'four calls at once, jobs/s': four, 'jobs/s': Math.max(one, four) };
  },
};
