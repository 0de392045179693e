import type { Clock } from '@taskflow/domain';
import type { SubmitRequest } from '../destination.js';
import type { SubmitOutcome } from '../outcome.js';
import { buildTask, needsOf, restOf, takeFrom } from './build-task.js';
import type { LaunchNotes } from './launch-notes.js';
import { MasterError } from './master.js';
import type { Offer } from './scheduler-api.js';
import { NotSubscribed, type Subscription } from './subscription.js';

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

interface Placed {
  readonly waiting: Waiting;
  readonly task: unknown;
}

const OFFER_WAIT_MS = 2000;
const CALL_MS = 10_000;
const REFUSE_SECONDS = 1;
const REVIVE_MS = 5000;

/**
 * An ACCEPT is sent once, whatever becomes of its answer: a second one for the same offer says that the task was dropped
 * although the first has launched it.
 */
export function createLauncher(subscription: () => Subscription, notes: LaunchNotes, clock: Clock): Launcher {
  const offers = new Map<string, Offer>();
  const waiting = new Set<Waiting>();
  let wanted = true;
  let revivedAt = clock.monotonicMs();

  const call = (type: string, body: Readonly<Record<string, unknown>>): Promise<void> =>
    subscription().call(type, body, AbortSignal.timeout(CALL_MS));
  let wish: Promise<void> = Promise.resolve();
  /**
   * Only politeness: an offer that is not answered is held for nothing, and comes back. One after the other, as each has a
   * connection of its own: a SUPPRESS that overtakes a REVIVE would keep all offers away.
   */
  const politely = (type: string, body: Readonly<Record<string, unknown>>): void => {
    wish = wish.then(() => call(type, body)).catch(() => undefined);
  };

  const decline = (): void => {
    if (offers.size === 0) return;
    const ids = [...offers.values()].map(({ id }) => id);
    offers.clear();
    politely('DECLINE', { decline: { offer_ids: ids, filters: { refuse_seconds: REFUSE_SECONDS } } });
  };

  const accept = async (offer: Offer, placed: readonly Placed[]): Promise<SubmitOutcome | 'accepted'> => {
    const launch = { type: 'LAUNCH', launch: { task_infos: placed.map(({ task }) => task) } };
    const body = { offer_ids: [offer.id], operations: [launch], filters: { refuse_seconds: 0 } };
    try {
      await notes.add(new Map(placed.map(({ waiting: { job } }) => [job.externalName, offer.agent_id.value])));
    } catch (error) {
      return { kind: 'unavailable', message: messageOf(error) };
    }
    try {
      await call('ACCEPT', { accept: body });
      return 'accepted';
    } catch (error) {
      const refused = error instanceof NotSubscribed || (error instanceof MasterError && error.status < 500);
      return { kind: refused ? 'unavailable' : 'ambiguous', message: messageOf(error) };
    }
  };

  const launchAll = async (offer: Offer, placed: readonly Placed[]): Promise<void> => {
    const outcome = await accept(offer, placed);
    const agent = offer.agent_id.value;
    for (const { waiting: one } of placed) {
      const { externalName, scope } = one.job;
      if (outcome !== 'accepted') {
        if (outcome.kind === 'unavailable') notes.answered(externalName);
        one.settle(outcome);
        continue;
      }
      notes.answered(externalName);
      one.settle({ kind: 'accepted', externalId: externalName, scope: { ...scope, agent } });
    }
  };

  const place = (): void => {
    for (const offer of [...offers.values()]) {
      let rest = offer;
      const placed: Placed[] = [];
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
      void launchAll(offer, placed);
    }
    decline();
    if (waiting.size > 0 || !wanted) return;
    wanted = false;
    politely('SUPPRESS', {});
  };

  /** Again after a while without room: a call of this kind may have been lost. */
  const revive = (): void => {
    if (wanted && clock.monotonicMs() - revivedAt < REVIVE_MS) return;
    wanted = true;
    revivedAt = clock.monotonicMs();
    politely('REVIVE', {});
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
      revive();
      const timer = setTimeout(() => {
        // Placed meanwhile, it waits for the answer.
        if (waiting.delete(one)) resolve({ kind: 'full', message: 'no agent has offered room for it' });
      }, OFFER_WAIT_MS);
      return promise.finally(() => clearTimeout(timer));
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
