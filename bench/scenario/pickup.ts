import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../peer/tally.ts';
import { quantile } from './clear.ts';
import type { Scenario } from './scenario.ts';

const WARM_UP = 30;
/** Between two, so that each meets an idle system; it varies, so that no rhythm of a poll is met or missed each time. */
const PAUSE_MS = 12;

/** One no-op at a time into an idle system: from the call that submits it to the start of its handler in the worker's process. */
export const pickup: Scenario = {
  name: 'pickup',
  appliesTo: (system) => system.submitOne !== undefined,
  async measure(system, { sizes }): Promise<Record<string, number>> {
    const worker = await system.startWorker?.('latency');
    if (!worker) return {};
    const waits: number[] = [];
    try {
      for (let sample = 0; sample < WARM_UP + sizes.pickups; sample += 1) {
        await system.submitOne?.(now());
        const wait = await worker.pickup();
        if (sample >= WARM_UP) waits.push(wait);
        await pause(PAUSE_MS + (sample % 7));
      }
    } finally {
      await worker.stop();
    }
    return { 'p50 ms': quantile(waits, 0.5), 'p99 ms': quantile(waits, 0.99) };
  },
};
