import { whenEmpty } from '../peer/worker-process.ts';
import { fill } from './clear.ts';
import type { Scenario } from './scenario.ts';

/** Of a drain, the part that warms up processes and caches and is not counted. */
const WARM_UP = 1 / 3;

/**
 * No-ops are submitted while no worker is there; then one worker process runs them. Counted is from the moment a third has run
 * until the last one is recorded.
 */
export const drain: Scenario = {
  name: 'drain',
  appliesTo: (system) => Boolean(system.drainRows ?? (system.startWorker && system.isEmpty && system.submitBatch)),
  async measure(system, { sizes, settle }): Promise<Record<string, number>> {
    const count = Math.ceil(sizes.drain / (system.scale ?? 1) / 1000) * 1000;
    if (system.drainRows) return { 'jobs/s': await system.drainRows(count) };
    if (!system.startWorker || !system.isEmpty) return {};
    await fill(system, count);
    await settle(system.database);
    const worker = await system.startWorker('throughput');
    try {
      const warm = Math.floor((count * WARM_UP) / 1000) * 1000;
      const from = await worker.reached(warm);
      await worker.reached(count);
      const to = await whenEmpty(system.isEmpty);
      return { 'jobs/s': ((count - warm) * 1000) / (to - from) };
    } finally {
      await worker.stop();
    }
  },
};
