import type { System } from '../peer/system.ts';
import { whenEmpty } from '../peer/worker-process.ts';

/** Submits so many no-ops in batches of 1,000, `inFlight` calls at once. */
export async function fill(system: System, count: number, inFlight = 2): Promise<void> {
  const size = Math.min(1000, count);
  let left = Math.ceil(count / size);
  const send = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await system.submitBatch?.(size);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, send));
}

/** Leaves nothing to run behind: takes it back where the system can, or else runs it. */
export async function clear(system: System): Promise<void> {
  if (system.purge) return system.purge();
  if (!system.startWorker || !system.isEmpty) return;
  const worker = await system.startWorker('throughput');
  await whenEmpty(system.isEmpty);
  await worker.stop();
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
