import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { advanceHinted, createRunMemory, type HintedChange, type SchedulerCtx, type Wake } from '@taskflow/engine';
import { fencedWrites, type Runtime, type Service } from '@taskflow/runtime';
import { CHANNELS, createListener, createNotifier, LEADER_CHANNEL, openDb, type Listener } from '@taskflow/store';
import { prepareDatabase } from '../api/database.js';
import type { Pusher } from '../pusher/pusher.js';
import type { SchedulerConfig } from './config.js';
import { DUTIES } from './duties.js';
import { createDutyRounds, isHeldUp, isNotLeader } from './duty-round.js';
import { createHints } from './hints.js';
import { createLeader } from './leader.js';
import { createLoop } from './loop.js';

export { schedulerConfig, type SchedulerConfig } from './config.js';

export interface SchedulerHealth {
  /** The scheduler does its part: it leads and does its duties, or stands by. */
  readonly ok: boolean;
  readonly role: 'leader' | 'standby';
  /** Decimal text; only of the leader. */
  readonly term: string | undefined;
  /** False: hints do not arrive, everything is found by polling. */
  readonly listening: boolean;
  /** Duties that failed in the last round. */
  readonly failing: readonly string[];
  /** All of it in a line, for people. */
  readonly detail: string;
}

export interface Scheduler extends Service {
  health(): SchedulerHealth;
}

/** Rounds with failures in a row after which another scheduler is given the chance. */
const MOST_FAILED_ROUNDS = 10;
/** How long one that resigned over failures does not stand for election. */
const COOL_DOWN_MS = 10_000;
const RETRY_MS = 1000;
/** After a hinted step everything is looked at when no other hint has come for this long, */
const CALM_MS = 4;
/** or when the last look is this long ago. */
const LOOK_MS = 100;

/**
 * The scheduler: one of several is elected and fires schedules, starts and advances workflow instances, expires leases
 * and timeouts. Woken by notifications, with a poll each second behind them. Stopping resigns. With `withPusher` a pusher
 * runs beside it.
 */
export function createScheduler(runtime: Runtime, config: SchedulerConfig): Scheduler {
  const { logger, clock, tracer } = runtime;
  const db = openDb({
    url: config.databaseUrl,
    applicationName: 'taskflow scheduler',
    maxConnections: config.databasePoolSize,
    namedStatements: config.databaseNamedStatements,
  });
  const notifier = createNotifier(db);
  const holder = `${hostname()}/${process.pid}/${randomBytes(4).toString('hex')}`;
  const leader = createLeader({ db, clock, logger, holder });
  const rounds = createDutyRounds(DUTIES, clock, logger);
  const hints = createHints();
  const aborted = new AbortController();
  let listener: Listener | undefined;
  let memory = { term: '', runs: createRunMemory() };
  let failing: readonly string[] = [];
  let failedRounds = 0;
  let coolDownUntil = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let prepared = false;
  let fault: string | undefined = 'not started';
  let pusher: Pusher | undefined;

  const election = createLoop(async () => {
    if (clock.monotonicMs() < coolDownUntil) return coolDownUntil - clock.monotonicMs();
    const before = leader.term();
    const waitMs = await stand().catch((error: unknown) => {
      logger.warn({ err: error }, 'the election could not be held; trying again');
      fault = error instanceof Error ? error.message : String(error);
      return RETRY_MS;
    });
    if (leader.term() !== before) look();
    return waitMs;
  });

  const stand = async (): Promise<number> => {
    if (!prepared) await prepareDatabase(config, logger);
    prepared = true;
    const waitMs = await leader.step();
    fault = undefined;
    return waitMs;
  };

  const work = createLoop(async () => {
    const term = leader.term();
    if (term === undefined) return Infinity;
    if (memory.term !== term) memory = { term, runs: createRunMemory() };
    const ctx = { db, clock, logger, tracer, wake, actor: 'scheduler', signal: aborted.signal, term };
    const changes = hints.take();
    const applied = changes.length === 0 || (await advanceTold(ctx, changes));
    const quiet = changes.length > 0 && applied && !hints.takeLook();
    if (quiet && clock.monotonicMs() - lookedAt < LOOK_MS) return CALM_MS;
    hints.takeLook();
    lookedAt = clock.monotonicMs();
    return runRound(ctx, applied ? undefined : 'advance_workflows');
  });

  /** False when a look at the changes themselves is needed. */
  const advanceTold = (ctx: SchedulerCtx, changes: readonly HintedChange[]): Promise<boolean> =>
    advanceHinted(ctx, { memory: memory.runs, changes }).catch((error: unknown) => {
      logger.warn({ err: error }, 'a hint could not be used; looking at everything');
      return false;
    });

  const runRound = async (ctx: SchedulerCtx, hinted?: string): Promise<number> => {
    try {
      const { waitMs, failures } = await rounds.run(ctx, memory.runs, hinted);
      if ([...failures.values()].some(isNotLeader)) return depose(ctx.term);
      const own = [...failures].filter(([, error]) => !isHeldUp(error));
      await judge(own.map(([duty]) => duty));
      return waitMs;
    } catch (error) {
      logger.error({ err: error }, 'the scheduler cannot see what there is to do');
      await judge(['survey']);
      return RETRY_MS;
    }
  };

  const depose = (term: string): number => {
    fencedWrites.add('term');
    leader.deposed(term);
    election.wake();
    return Infinity;
  };

  /** One that cannot do all of its duties must not keep others from doing them. */
  const judge = async (failed: readonly string[]): Promise<void> => {
    failing = failed;
    failedRounds = failed.length === 0 ? 0 : failedRounds + 1;
    if (failedRounds < MOST_FAILED_ROUNDS) return;
    failedRounds = 0;
    coolDownUntil = clock.monotonicMs() + COOL_DOWN_MS;
    logger.error({ duties: failed }, 'the scheduler resigns: it cannot do its duties');
    await leader
      .resign()
      .catch((error: unknown) => logger.warn({ err: error }, 'resigning failed; the lease runs out'));
    election.wake();
  };

  const look = (): void => {
    hints.look();
    work.wake();
  };

  // What the scheduler causes for itself needs no message to the outside, but for the ends that others wait for.
  const wake: Wake = {
    ...notifier,
    workflowChanged: () => look(),
    delayed: () => look(),
    scheduleChanged: () => look(),
  };

  const listen = (): Listener =>
    createListener({
      url: config.databaseUrl,
      applicationName: 'taskflow scheduler listen',
      channels: [CHANNELS.workflow, CHANNELS.delayed, CHANNELS.schedule, LEADER_CHANNEL],
      onNotify(channel, payload) {
        if (channel === LEADER_CHANNEL) return election.wake();
        if (channel === CHANNELS.workflow) hints.hear(payload);
        else hints.look();
        work.wake();
      },
      onState: (state, error) => {
        if (state === 'lost') logger.warn({ err: error }, 'notifications were lost; polling goes on');
        else look();
      },
    });

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    aborted.abort();
    await pusher?.stop();
    await election.stop();
    await work.stop();
    await leader
      .resign()
      .catch((error: unknown) => logger.warn({ err: error }, 'resigning failed; the lease runs out'));
    await listener?.close();
    await notifier.close();
    await db.close();
  };

  return {
    async start() {
      if (config.withPusher) pusher = await startPusher(runtime, config);
      if (config.databaseListen) listener = listen();
      election.start();
      work.start();
    },
    stop: () => (stopped ??= stop()),
    health() {
      const term = leader.term();
      const role = term === undefined ? 'standby' : 'leader';
      const duties = failing.length > 0 ? `duties fail: ${failing.join(', ')}` : fault;
      const push = pusher?.health();
      const broken = duties ?? (push && !push.ok ? push.detail : undefined);
      const detail = broken ?? (term === undefined ? 'standby' : `leader of term ${term}`);
      return { ok: broken === undefined, role, term, listening: listener?.listening ?? false, failing, detail };
    },
  };
}

/** Loaded only where it is asked for. */
async function startPusher(runtime: Runtime, config: SchedulerConfig): Promise<Pusher> {
  const { createPusher } = await import('../pusher/pusher.js');
  const pusher = await createPusher(runtime, config);
  await pusher.start();
  return pusher;
}
