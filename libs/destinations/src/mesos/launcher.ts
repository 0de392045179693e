import type { SubmitRequest } from '../destination.js';
import type { SubmitOutcome } from '../outcome.js';
import { buildTask, needsOf, restOf, takeFrom } from './build-task.js';
import { MasterError } from './master.js';
import type { Offer } from './scheduler-api.js';
import type { Subscription } from './subscription.js';

/** Places tasks on the offers that come. */
export interface Launcher {
  offered(offers: readonly Offer[]): void;
  rescinded(offerId: string): void;
  /** Offers do not survive a subscription. */
  dropped(): void;
  /** Waits for room, not for long. */
  launch(job: SubmitRequest): Promise<SubmitOutcome>;
}

interface Waiting {
  readonly job: SubmitRequest;
  readonly settle: (outcome: SubmitOutcome) => void;
}

const OFFER_WAIT_MS = 2000;
const CALL_MS = 10_000;
const REFUSE_SECONDS = 1;

/**
 * An ACCEPT is sent once, whatever becomes of its answer: a second one for the same offer says that the task was dropped
 * although the first has launched it.
 */
export function createLauncher(subscription: () => Subscription): Launcher {
  const offers = new Map<string, Offer>();
  const waiting = new Set<Waiting>();
  let wanted = true;

  const call = (type: string, body: Readonly<Record<string, unknown>>): Promise<void> =>
    subscription().call(type, body, AbortSignal.timeout(CALL_MS));
  /** Only politeness: an offer that is not answered is held for nothing, and comes back. */
  const politely = (type: string, body: Readonly<Record<string, unknown>>): void => {
    call(type, body).catch(() => undefined);
  };

  const decline = (): void => {
    if (offers.size === 0) return;
    const ids = [...offers.values()].map(({ id }) => id);
    offers.clear();
    politely('DECLINE', { decline: { offer_ids: ids, filters: { refuse_seconds: REFUSE_SECONDS } } });
  };

  const accept = async (offer: Offer, placed: readonly { waiting: Waiting; task: unknown }[]): Promise<void> => {
    const launch = { type: 'LAUNCH', launch: { task_infos: placed.map(({ task }) => task) } };
    const body = { offer_ids: [offer.id], operations: [launch], filters: { refuse_seconds: 0 } };
    const outcome = await call('ACCEPT', { accept: body }).then(
      (): 'accepted' => 'accepted',
      (error: unknown): SubmitOutcome => {
        const message = error instanceof Error ? error.message : String(error);
        const refused = error instanceof MasterError && error.status < 500;
        return { kind: refused || !subscription().connected ? 'unavailable' : 'ambiguous', message };
      },
    );
    for (const { waiting: one } of placed) {
      const { externalName, scope } = one.job;
      one.settle(outcome === 'accepted' ? { kind: 'accepted', externalId: externalName, scope } : outcome);
    }
  };

  const place = (): void => {
    for (const offer of [...offers.values()]) {
      let rest = offer;
      const placed: { waiting: Waiting; task: unknown }[] = [];
      for (const one of waiting) {
        const { push } = one.job.spec;
        const resources = takeFrom(rest, needsOf(push), push);
        if (resources === undefined) continue;
        placed.push({ waiting: one, task: buildTask(one.job, offer, resources) });
        rest = restOf(rest, resources);
        waiting.delete(one);
      }
      if (placed.length === 0) continue;
      offers.delete(offer.id.value);
      void accept(offer, placed);
    }
    decline();
    if (waiting.size > 0 || !wanted) return;
    wanted = false;
    politely('SUPPRESS', {});
  };

  return {
    offered(given) {
      for (const offer of given) offers.set(offer.id.value, offer);
      place();
    },
    rescinded: (id) => void offers.delete(id),
    dropped() {
      offers.clear();
      wanted = true;
    },
    launch(job) {
      const { promise, resolve } = Promise.withResolvers<SubmitOutcome>();
      const one: Waiting = { job, settle: resolve };
      waiting.add(one);
      if (!wanted) politely('REVIVE', {});
      wanted = true;
      const timer = setTimeout(() => {
        // Placed meanwhile, it waits for the answer.
        if (waiting.delete(one)) resolve({ kind: 'full', message: 'no agent has offered room for it' });
      }, OFFER_WAIT_MS);
      return promise.finally(() => clearTimeout(timer));
    },
  };
}
