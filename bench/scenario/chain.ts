import type { System } from '../peer/system.ts';
import { now } from '../peer/tally.ts';
import { quantile } from './clear.ts';
import type { Scenario } from './scenario.ts';

const WARM_UP = 5;

/** No-ops one after the other, 10 and 40 of them: from the call that starts it until the caller knows of the end. */
export const chain: Scenario = {
  name: 'chain',
  appliesTo: (system) => system.runChain !== undefined,
  measure: (system, { sizes }) =>
    withWorker(system, async () => {
      const ten = await timesOf(sizes.chains, async () => system.runChain?.(10));
      const forty = await timesOf(sizes.chains, async () => system.runChain?.(40));
      return {
        '10 steps, p50 ms': quantile(ten, 0.5),
        '10 steps, p99 ms': quantile(ten, 0.99),
        '40 steps, p50 ms': quantile(forty, 0.5),
      };
    }),
};

/** A hundred no-ops side by side and one that waits for all of them; measured likewise. */
export const fanout: Scenario = {
  name: 'fanout',
  appliesTo: (system) => system.runFanOut !== undefined,
  measure: (system, { sizes }) =>
    withWorker(system, async () => {
      const times = await timesOf(sizes.chains, async () => system.runFanOut?.());
      return { 'p50 ms': quantile(times, 0.5), 'p99 ms': quantile(times, 0.99) };
    }),
};

async function withWorker<T>(system: System, measure: () => Promise<T>): Promise<T> {
  const worker = system.runsInProcess ? undefined : await system.startWorker?.('latency');
  try {
    return await measure();
  } finally {
    await worker?.stop();
  }
}

async function timesOf(count: number, run: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let sample = -WARM_UP; sample < count; sample += 1) {
    const from = now();
    await run();
    if (sample >= 0) times.push(now() - from);
  }
  return times;
}
