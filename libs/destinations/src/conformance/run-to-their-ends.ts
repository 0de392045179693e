import { setTimeout } from 'node:timers/promises';
import type { PushDestination, SubmitRequest } from '../destination.js';
import type { ExternalRef } from '../observation.js';

const LOOK_MS = 20;

/** Submits many jobs as the pusher does, in batches, again where there was no room, and looks until all have ended. */
export async function runToTheirEnds(
  destination: PushDestination,
  jobs: readonly SubmitRequest[],
  withinMs: number,
): Promise<void> {
  const { maxSubmitBatch, maxDescribeBatch } = destination.capabilities;
  const deadline = performance.now() + withinMs;
  const signal = AbortSignal.timeout(withinMs);
  const left = [...jobs];
  const refs: ExternalRef[] = [];
  const over = new Set<string>();
  while (left.length > 0) {
    const batch = left.splice(0, maxSubmitBatch);
    const outcomes = await destination.submit(batch, signal);
    batch.forEach((job, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === 'full') left.push(job);
      else if (outcome?.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
      else refs.push({ externalName: job.externalName, externalId: outcome.externalId, scope: outcome.scope });
    });
  }
  while (over.size < refs.length) {
    if (performance.now() > deadline) throw new Error(`only ${String(over.size)} of ${String(refs.length)} have ended`);
    for (let from = 0; from < refs.length; from += maxDescribeBatch) {
      const seen = await destination.describe(refs.slice(from, from + maxDescribeBatch), signal);
      for (const { terminal, ref } of seen) if (terminal) over.add(ref.externalId);
    }
    await setTimeout(LOOK_MS);
  }
}
