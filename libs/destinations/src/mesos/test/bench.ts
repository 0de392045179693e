import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { systemClock, type Clock, type JsonValue } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import type { DestinationSeat, PushDestination, SubmitRequest } from '../../destination.js';
import type { ExternalRef, Observation } from '../../observation.js';
import { createMesosDestination } from '../mesos.js';

export interface Holder {
  readonly destination: PushDestination;
  /** Submits, again where there is no room or no answer, until it is accepted. */
  submit(job: SubmitRequest): Promise<ExternalRef>;
  until(ref: ExternalRef, isSo: (seen: Observation) => boolean): Promise<Observation>;
  ended(ref: ExternalRef): Promise<Observation>;
  trouble(): Promise<string | undefined>;
}

/** One deployment's destination, held by one pusher after the other. */
export interface Bench {
  readonly signal: AbortSignal;
  /** What the last holder has kept. */
  kept(): JsonValue;
  request(bash: string, push?: SubmitRequest['spec']['push']): SubmitRequest;
  hold(
    masters: readonly string[],
    options?: { readonly resetFramework?: boolean; readonly clock?: Clock },
  ): Promise<Holder>;
  close(): Promise<void>;
}

const LOOK_MS = 20;
const PATIENCE_MS = 30_000;

/** Resolves with what is there once it is. */
export async function eventually<T>(
  look: () => Promise<T | undefined>,
  what: string,
  seen?: () => unknown,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`not so in time: ${what} ${JSON.stringify(seen?.()) ?? ''}`);
    await setTimeout(LOOK_MS);
  }
}

export function createBench(user: string): Bench {
  const deploymentId = randomUUID();
  const { signal } = new AbortController();
  const open: PushDestination[] = [];
  let kept: JsonValue = null;
  let next = 0;
  const seat: DestinationSeat = {
    load: () => Promise.resolve(kept),
    save: (given) => Promise.resolve(void (kept = given)),
  };

  const toHolder = (destination: PushDestination): Holder => {
    const until: Holder['until'] = (ref, isSo) => {
      let last: unknown;
      const look = async (): Promise<Observation | undefined> => {
        // A master that is away is looked at again.
        const [seen] = await destination.describe([ref], AbortSignal.timeout(10_000)).catch((error: unknown) => {
          last = String(error);
          return [];
        });
        last = seen ?? last;
        return seen !== undefined && isSo(seen) ? seen : undefined;
      };
      return eventually(look, ref.externalName, () => last);
    };
    return {
      destination,
      until,
      ended: async (ref) => {
        const seen = await until(ref, ({ terminal }) => terminal);
        await destination.settled?.([seen], signal);
        return seen;
      },
      trouble: async () => (await destination.health()).message,
      submit: (job) =>
        eventually(async () => {
          const [outcome] = await destination.submit([job], signal);
          if (outcome?.kind !== 'accepted' && outcome?.kind !== 'exists') return undefined;
          return { externalName: job.externalName, externalId: outcome.externalId, scope: outcome.scope };
        }, job.externalName),
    };
  };

  return {
    signal,
    kept: () => kept,
    request(bash, push = {}) {
      next += 1;
      const identity = { deploymentId, taskInstanceId: String(next), attempt: 1, task: 't' };
      const externalName = `tf-${deploymentId.slice(0, 8)}-${String(next)}-a1-t`;
      const spec = { run: { bash }, env: {}, params: {}, inputs: {}, push };
      return { externalName, identity, spec, scope: {}, specHash: bash };
    },
    async hold(masters, { resetFramework = false, clock = systemClock } = {}) {
      const destination = createMesosDestination({ name: 'grid', masters, user, roles: ['*'], resetFramework, clock });
      open.push(destination);
      await destination.start({ logger: silentLogger(), deploymentId });
      await destination.hold?.(seat);
      await eventually(async () => ((await destination.health()).ok ? true : undefined), 'subscribed');
      return toHolder(destination);
    },
    async close() {
      for (const each of open.reverse()) if (await tidy(each)) break;
      await Promise.all(open.map((each) => each.stop()));
    },
  };

  /** One that has stopped, or cannot reach its master, leaves it to another. */
  async function tidy(destination: PushDestination): Promise<boolean> {
    const left: ExternalRef[] = [];
    try {
      for await (const { ref, terminal } of destination.sweep?.(signal) ?? []) if (!terminal) left.push(ref);
      await destination.cancel(left, 'taskflow: end of the test', signal);
      return true;
    } catch {
      return false;
    }
  }
}
