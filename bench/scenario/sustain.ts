import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../peer/tally.ts';
import { whenEmpty, type WorkerProcess } from '../peer/worker-process.ts';
import type { Scenario } from './scenario.ts';

const WARM_UP_MS = 5000;
/** Submitted and not yet run; more is not submitted before some have run. */
const WAITING = 20_000;

/** Submission and drain at once, as fast as both go: the first sixth of the time against the last. */
export const sustain: Scenario = {
  name: 'sustain',
  appliesTo: (system) => system.running !== undefined,
  async measure(system, { sizes }): Promise<Record<string, number>> {
    const worker = await system.startWorker?.('throughput');
    if (!worker || !system.isEmpty) return {};
    try {
      const from = now() + WARM_UP_MS;
      const to = from + sizes.sustainSeconds * 1000;
      let submitted = 0;
      const producer = async (): Promise<void> => {
        while (now() < to) {
          if (submitted - ranBy(worker, now()) > WAITING) await pause(2);
          else {
            submitted += 1000;
            await system.submitBatch?.(1000);
          }
        }
      };
      await Promise.all([producer(), producer()]);
      const part = (to - from) / 6;
      const rate = (begin: number): number => ((ranBy(worker, begin + part) - ranBy(worker, begin)) * 1000) / part;
      const first = rate(from);
      const last = rate(to - part);
      await whenEmpty(system.isEmpty);
      return { 'first sixth, jobs/s': first, 'last sixth, jobs/s': last, 'last to first': last / first };
    } finally {
      await worker.stop();
    }
  },
};

function ranBy(worker: WorkerProcess, at: number): number {
  const { counts } = worker;
  let index = counts.length - 1;
  while (index >= 0 && (counts[index]?.at ?? 0) > at) index -= 1;
  return counts[index]?.count ?? 0;
}
