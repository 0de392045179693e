import type { Clock } from '@taskflow/domain';
import type { Logger } from '@taskflow/runtime';
import { elect, ensureSeat, renew, resign, SCHEDULER_SEAT, type Db } from '@taskflow/store';

/** The row's lease: a crashed leader is replaced when it has run out. */
export const LEASE_MS = 6000;
/** The leader believes in its own lease for this long after it asked, measured on the monotonic clock. */
export const TRUST_MS = 4000;
export const RENEW_MS = 2000;
export const CANDIDATE_MS = 1000;

export interface LeaderOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Unique among the schedulers of a deployment. */
  readonly holder: string;
}

/** One scheduler's part in the election. Nothing runs by itself: whoever owns it calls `step` in time. */
export interface Leader {
  /** Asks to be elected, or renews; gives the milliseconds until it should be called again. */
  step(): Promise<number>;
  /** The term while the lease is trusted, undefined otherwise. */
  term(): string | undefined;
  /** Another one leads, as a transaction of ours was told. */
  deposed(term: string): void;
  /** Gives the seat up, so that a candidate takes it at once. */
  resign(): Promise<void>;
}

export function createLeader(options: LeaderOptions): Leader {
  const { db, clock, logger, holder } = options;
  const seat = { name: SCHEDULER_SEAT, holder, leaseMs: LEASE_MS };
  let held: { term: string; trustedUntil: number } | undefined;
  let seatExists = false;

  const lose = (why: string): void => {
    if (held) logger.warn({ term: held.term, why }, 'no longer the elected scheduler');
    held = undefined;
  };

  return {
    async step() {
      const asked = clock.monotonicMs();
      if (held) {
        const renewed = await renew(db, { ...seat, term: held.term });
        if (renewed) {
          held = { term: held.term, trustedUntil: asked + TRUST_MS };
          return RENEW_MS;
        }
        lose('another one was elected');
      }
      if (!seatExists) await ensureSeat(db, SCHEDULER_SEAT);
      seatExists = true;
      const term = await elect(db, seat);
      if (term === undefined) return CANDIDATE_MS;
      held = { term, trustedUntil: asked + TRUST_MS };
      logger.info({ term, holder }, 'elected as the scheduler');
      // Being elected may have waited for a transaction of the former leader for longer than the trust lasts.
      return clock.monotonicMs() < held.trustedUntil ? RENEW_MS : 0;
    },
    term() {
      return held && clock.monotonicMs() < held.trustedUntil ? held.term : undefined;
    },
    deposed(term) {
      if (held?.term === term) lose('another one was elected');
    },
    async resign() {
      const left = held;
      held = undefined;
      if (!left) return;
      await resign(db, { name: SCHEDULER_SEAT, term: left.term, holder });
      logger.info({ term: left.term }, 'resigned as the scheduler');
    },
  };
}
