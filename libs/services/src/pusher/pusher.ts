import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { canonicalJson, InvalidInput } from '@taskflow/domain';
import {
  markRemovedDestinations,
  noteConfigFault,
  readDeploymentId,
  registerDestinations,
  type Ctx,
} from '@taskflow/engine';
import {
  databaseFragment,
  processFragment,
  pusherFragment,
  readTestSignal,
  type FragmentValues,
  type Runtime,
  type Service,
} from '@taskflow/runtime';
import { CHANNELS, createListener, createNotifier, openDb, type Listener } from '@taskflow/store';
import { prepareDatabase } from '../api/database.js';
import { createLoop } from '../scheduler/loop.js';
import { createDestination } from './create-destination.js';
import { loadSource, readTexts, type DestinationConfig, type DestinationText } from './destination-config.js';
import { createDestinationLoop, type DestinationHealth, type DestinationLoop } from './destination-loop.js';
import { createFleet } from './fleet.js';
import { messageOf } from './holder.js';

export { checkDestination } from './check-destination.js';
export { readDestinations } from './destination-config.js';

/** Everything that the pusher reads from the environment. */
export const pusherConfig = { ...processFragment, ...databaseFragment, ...pusherFragment };

export type PusherConfig = FragmentValues<typeof databaseFragment & typeof pusherFragment>;

export interface PusherHealth {
  /** The pusher does its part: every destination is registered, and none that it holds is in trouble. */
  readonly ok: boolean;
  /** False: hints do not arrive, everything is found by polling. */
  readonly listening: boolean;
  readonly destinations: readonly DestinationHealth[];
  /** All of it in a line, for people. */
  readonly detail: string;
}

export interface Pusher extends Service {
  health(): PusherHealth;
}

const RETRY_MS = 1000;
/** Between two looks whether the file has changed; a look, as what is mounted into a pod changes without a notice. */
const LOOK_MS = 2000;
/** Between two searches for destinations that no file names any more. */
const REMOVED_MS = 30_000;

/**
 * The pusher: takes instances whose Task has a push destination, submits them there once, and keeps them in step until they
 * have ended. One loop per destination, in step with the file; of several pushers one holds a destination at a time. Stopping ends no job.
 *
 * @throws InvalidInput (BAD_CONFIG) when the file of destinations has faults
 */
export async function createPusher(runtime: Runtime, config: PusherConfig): Promise<Pusher> {
  const { logger, clock, tracer } = runtime;
  const named = config.destinations !== undefined || config.destinationsInline !== undefined;
  let texts = await loadSource(config);
  let configs = await readTexts(texts);
  const db = openDb({
    url: config.databaseUrl,
    applicationName: 'taskflow pusher',
    maxConnections: config.databasePoolSize,
    namedStatements: config.databaseNamedStatements,
  });
  const wake = createNotifier(db);
  const owner = `${hostname()}/${String(process.pid)}/${randomBytes(4).toString('hex')}`;
  const aborted = new AbortController();
  const ctx: Ctx = { db, clock, logger, tracer, wake, actor: `pusher:${hostname()}`, signal: aborted.signal };
  let listener: Listener | undefined;
  let ready = !named;
  let migrated = false;
  let fault = 'not started';
  let configFault: string | undefined;
  let deploymentId = '';
  let nextSearch = 0;

  const fleet = createFleet((each): DestinationLoop => {
    const open = () => createDestination(each, clock);
    return createDestinationLoop({ open, config: each, deploymentId, ctx, owner, testSignal: readTestSignal() });
  });
  const wakeAll = (laneIds?: readonly number[]): void => {
    for (const loop of fleet.loops) loop.wake(laneIds);
  };

  // A database that is away at the start comes back: until then this is tried again.
  const prepare = createLoop(async () => {
    if (ready) return Infinity;
    try {
      if (!migrated) await prepareDatabase(config, logger);
      migrated = true;
      deploymentId = await readDeploymentId(ctx);
      await takeOver(configs);
      ready = true;
      watch.start();
      return Infinity;
    } catch (error) {
      fault = messageOf(error);
      logger.warn({ err: error }, 'the destinations cannot be registered yet');
      return RETRY_MS;
    }
  });

  const takeOver = async (next: readonly DestinationConfig[]): Promise<void> => {
    await registerDestinations(ctx, next.map(toRow));
    await fleet.apply(next);
    configs = [...next];
    nextSearch = 0;
  };

  const watch = createLoop(async () => {
    try {
      await look();
      if (clock.monotonicMs() >= nextSearch) {
        const names = configs.map(({ name }) => name);
        const removed = await markRemovedDestinations(ctx, names);
        if (removed.length > 0) logger.warn({ destinations: removed }, 'no file names these destinations any more');
        nextSearch = clock.monotonicMs() + REMOVED_MS;
      }
    } catch (error) {
      logger.warn({ err: error }, 'the destinations cannot be looked over');
    }
    return LOOK_MS;
  });

  /** Takes a changed file over when it is without a fault, and as a whole; else goes on with what there is, and says so. */
  const look = async (): Promise<void> => {
    let next: readonly DestinationConfig[];
    try {
      const found = await loadSource(config);
      if (configFault === undefined && sameTexts(found, texts)) return;
      next = await readTexts(found);
      texts = found;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const said = error.violations.map(({ description }) => description).join('; ');
      if (said === configFault) return;
      logger.error({ faults: error.violations }, 'the changed destinations have faults; the old ones go on');
      const names = configs.map(({ name }) => name);
      configFault = said;
      await noteConfigFault(ctx, names, said);
      return;
    }
    await takeOver(next);
    configFault = undefined;
    logger.info({ destinations: next.map(({ name }) => name) }, 'the changed destinations were taken over');
  };

  const listen = (): Listener =>
    createListener({
      url: config.databaseUrl,
      applicationName: 'taskflow pusher listen',
      channels: [CHANNELS.ready, CHANNELS.cancel],
      onNotify: (channel, payload) => {
        const some = channel === CHANNELS.ready && payload !== '';
        wakeAll(some ? payload.split(',').map(Number) : undefined);
      },
      onState: (state, error) => {
        if (state === 'lost') logger.warn({ err: error }, 'notifications were lost; polling goes on');
        else wakeAll();
      },
    });

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    aborted.abort();
    await Promise.all([prepare.stop(), watch.stop()]);
    await fleet.stop();
    await listener?.close();
    await wake.close();
    await db.close();
  };

  return {
    start() {
      if (config.databaseListen && named) listener = listen();
      prepare.start();
      return Promise.resolve();
    },
    stop: () => (stopped ??= stop()),
    health() {
      const destinations = fleet.loops.map((loop) => loop.health());
      const troubled = destinations.filter((each) => each.breaker === 'open');
      const troubles = troubled.map((each) => `${each.name}: ${each.error ?? 'open'}`);
      if (configFault !== undefined) troubles.push(`the changed file was not taken over: ${configFault}`);
      const trouble = troubles.join('; ');
      const detail = ready ? trouble || `holds ${describeHeld(destinations)}` : fault;
      return { ok: ready && troubled.length === 0, listening: listener?.listening ?? false, destinations, detail };
    },
  };
}

function toRow(config: DestinationConfig): Parameters<typeof registerDestinations>[1][number] {
  const configHash = createHash('sha256').update(canonicalJson(config)).digest('hex').slice(0, 16);
  const { name, kind, max_in_flight: maxInFlight, paused } = config;
  return { name, kind, configHash, maxInFlight, paused };
}

function sameTexts(one: readonly DestinationText[], other: readonly DestinationText[]): boolean {
  return one.length === other.length && one.every(({ text }, index) => text === other[index]?.text);
}

function describeHeld(destinations: readonly DestinationHealth[]): string {
  const held = destinations.filter((each) => each.held).map((each) => each.name);
  return held.length === 0 ? 'no destination' : held.join(', ');
}
