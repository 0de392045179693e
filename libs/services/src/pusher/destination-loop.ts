import type { PushDestination } from '@taskflow/destinations';
import {
  doubtMarked,
  holdDestination,
  noteSynced,
  openSeat,
  releaseDestination,
  surveyPush,
  type Ctx,
  type PushCtx,
} from '@taskflow/engine';
import { fencedWrites, type TestSignal } from '@taskflow/runtime';
import type { DestinationSurvey } from '@taskflow/store';
import { createLoop } from '../scheduler/loop.js';
import { createBreaker } from './breaker.js';
import type { DestinationSettings } from './destination-schema.js';
import { messageOf, type Holder, type Round } from './holder.js';
import { createNotedState } from './noted-state.js';
import { settleRound } from './settle-round.js';
import { isNotHolder } from './not-holder.js';
import { stopRound } from './stop-round.js';
import { claimRound, probeRound, submitRound } from './submit-round.js';
import { sweepRound } from './sweep-round.js';
import { syncRound, type SyncTally } from './sync-round.js';
import { createLogTaker } from './take-logs.js';

const POLL_MS = 1000;
const RETRY_MS = 1000;
/** Duties for which the destination is asked something. */
const ASKING: ReadonlySet<string> = new Set(['submit', 'sync', 'sweep']);
const NOTHING_FOUND: SyncTally = { lookedAt: 0, running: 0, ended: 0, missing: 0 };
/** Jobs whose reading is spread over a second, so that thousands cost no more than hundreds. */
const SYNCED_PER_SECOND = 1000;

export interface DestinationHealth {
  readonly name: string;
  /** This pusher does the work, and not another one. */
  readonly held: boolean;
  readonly breaker: 'open' | 'closed';
  readonly error: string | undefined;
}

/** The work at one destination, whatever becomes of the others. */
export interface DestinationLoop {
  start(): void;
  /** There may be something to do; with lanes, only where these are the destination's. */
  wake(laneIds?: readonly number[]): void;
  health(): DestinationHealth;
  /** Goes on with other settings of the same place. */
  reconfigure(config: DestinationSettings): void;
  stop(): Promise<void>;
}

export interface DestinationLoopOptions {
  /** Makes the client; tried again until it succeeds. */
  readonly open: () => Promise<PushDestination>;
  readonly config: DestinationSettings;
  readonly deploymentId: string;
  readonly ctx: Ctx;
  /** Unique among the pushers of a deployment. */
  readonly owner: string;
  readonly testSignal: TestSignal;
}

export function createDestinationLoop(options: DestinationLoopOptions): DestinationLoop {
  const { open, deploymentId, ctx, owner, testSignal } = options;
  const { name } = options.config;
  const { clock, logger } = ctx;
  let { config } = options;
  const seat = () => ({ name, owner, leaseMs: config.lease });
  const breaker = createBreaker(clock);
  const logs = createLogTaker(clock);
  const noted = createNotedState(ctx, name, breaker);
  let destination: PushDestination | undefined;
  let started: PushDestination | undefined;
  let stopping = false;
  let held: { epoch: string; trustedUntil: number } | undefined;
  let nextSync = 0;
  let nextSweep = 0;
  let lanes: ReadonlySet<number> = new Set();

  const isHeld = (): boolean => !stopping && held !== undefined && clock.monotonicMs() < held.trustedUntil;
  const holderOf = (client: PushDestination): Holder => {
    return { destination: client, config, deploymentId, breaker, logs, isHeld };
  };

  const hold = createLoop(async () => {
    try {
      destination ??= await open();
      if (started === undefined) await destination.start({ logger, deploymentId });
      started = destination;
      const asked = clock.monotonicMs();
      const before = held?.epoch;
      const epoch = await holdDestination(ctx, seat(), before);
      const trustedUntil = asked + (config.lease * 2) / 3;
      if (epoch !== undefined && epoch === before) {
        held = { epoch, trustedUntil };
        return config.lease / 3;
      }
      held = undefined;
      if (epoch === undefined) await started.release?.();
      else {
        await started.hold?.(openSeat({ ...ctx, destination: name, epoch, reached: testSignal }));
        held = { epoch, trustedUntil };
      }
      if (epoch === before) return RETRY_MS;
      logger.info({ destination: name, epoch, held: held !== undefined }, 'the holder of a destination changed');
      noted.forget();
      work.wake();
      return held === undefined ? RETRY_MS : config.lease / 3;
    } catch (error) {
      breaker.failed(messageOf(error));
      logger.warn({ err: error, destination: name }, 'a destination cannot be held');
      await noted.trouble(messageOf(error));
      return RETRY_MS;
    }
  });

  /** Unless it was lost or taken anew meanwhile. */
  const giveUp = (epoch: string): void => {
    if (held?.epoch === epoch) held = undefined;
  };

  const work = createLoop(async () => {
    if (!isHeld() || held === undefined || started === undefined) return stopping ? Infinity : POLL_MS;
    const { epoch } = held;
    const pushCtx: PushCtx = { ...ctx, destination: name, epoch, reached: testSignal };
    try {
      return await turn(pushCtx, holderOf(started));
    } catch (error) {
      if (isNotHolder(error)) {
        fencedWrites.add('epoch');
        giveUp(epoch);
        hold.wake();
        return POLL_MS;
      }
      logger.error({ err: error, destination: name }, 'the pusher cannot see what there is to do');
      return RETRY_MS;
    }
  });

  /** One look at everything; gives the milliseconds until the next one. */
  const turn = async (pushCtx: PushCtx, holder: Holder): Promise<number> => {
    const seen = await surveyPush(pushCtx);
    if (seen === undefined) return POLL_MS;
    lanes = new Set(seen.lane_ids);
    // Turns follow each other, so no call is under way now: what was marked could not be recorded.
    if (seen.submitting > 0) await doubtMarked(pushCtx);
    const run = (duty: string, round: Round) => runRound(duty, round, pushCtx, holder);
    if (isDue(seen.stop_at, seen) || isDue(seen.deadline_at, seen) || seen.intent_at !== null)
      await run('stop', stopRound);
    if (breaker.wantsTrial()) await tryAgain(holder);
    let claimed = 0;
    if (breaker.state() === 'closed') {
      if (seen.ready && seen.room > 0 && !seen.paused) {
        await run('claim', async (...args) => {
          claimed = await claimRound(...args);
        });
      }
      if (claimed > 0 || isDue(seen.intent_at, seen)) await run('submit', submitRound);
    }
    if (isDue(seen.ambiguous_at, seen)) await run('probe', probeRound);
    const asked = seen.sync_asked_at;
    let found = NOTHING_FOUND;
    let orphans = 0;
    const followed = seen.tracked + seen.unsettled;
    if (asked !== null || (followed + claimed + logs.left() > 0 && clock.monotonicMs() >= nextSync)) {
      if (seen.unsettled > 0) await run('settle', settleRound);
      await run('sync', async (...args) => {
        found = await syncRound(...args);
      });
      nextSync = clock.monotonicMs() + Math.max(config.sync_interval, (1000 * seen.tracked) / SYNCED_PER_SECOND);
    }
    if (asked !== null || clock.monotonicMs() >= nextSweep) {
      await run('sweep', async (...args) => {
        orphans = await sweepRound(...args);
      });
      nextSweep = clock.monotonicMs() + config.sweep_interval;
    }
    if (asked !== null && isHeld()) await noteSynced(pushCtx, asked, { ...found, orphans });
    await noted.note(pushCtx);
    if (claimed > 0) return 0;
    const untilSync = followed + logs.left() > 0 ? Math.max(1, nextSync - clock.monotonicMs()) : POLL_MS;
    return Math.min(
      POLL_MS,
      untilSync,
      ...[seen.stop_at, seen.intent_at, seen.ambiguous_at].map((at) => waitFor(at, seen)),
    );
  };

  /** What fails in one duty does not keep the others from being done. */
  const runRound = async (duty: string, round: Round, pushCtx: PushCtx, holder: Holder): Promise<void> => {
    if (!isHeld()) return;
    const failures = breaker.tally();
    try {
      await round(pushCtx, holder);
      if (ASKING.has(duty) && breaker.tally() === failures) noted.answered();
    } catch (error) {
      if (isNotHolder(error)) throw error;
      logger.error({ err: error, destination: name, duty }, 'a duty of the pusher failed');
    }
  };

  const tryAgain = async (holder: Holder): Promise<void> => {
    const health = await holder.destination.health();
    if (health.ok) {
      breaker.succeeded();
      noted.answered();
    } else breaker.failed(health.message ?? 'it is not well', true);
  };

  return {
    start() {
      hold.start();
      work.start();
    },
    wake(ready) {
      if (ready === undefined || ready.some((lane) => lanes.has(lane))) work.wake();
    },
    health: () => ({ name, held: isHeld(), breaker: breaker.state(), error: breaker.error() }),
    reconfigure(next) {
      config = next;
      work.wake();
    },
    async stop() {
      stopping = true;
      await work.stop();
      await hold.stop();
      const { epoch } = held ?? {};
      held = undefined;
      if (epoch !== undefined) {
        await releaseDestination(ctx, seat(), epoch).catch((error: unknown) => {
          logger.warn({ err: error, destination: name }, 'giving a destination up failed; the lease runs out');
        });
      }
      await destination?.stop();
    },
  };
}

function isDue(at: Date | null, { now }: DestinationSurvey): boolean {
  return at !== null && at <= now;
}

/** A moment that has passed and is still there waits for something else; it is looked at again soon, not at once. */
function waitFor(at: Date | null, { now }: DestinationSurvey): number {
  const left = at === null ? POLL_MS : at.getTime() - now.getTime();
  return left > 0 ? left + 1 : 100;
}
