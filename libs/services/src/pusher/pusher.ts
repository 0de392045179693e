import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { canonicalJson } from '@taskflow/domain';
import { readDeploymentId, registerDestinations, type Ctx } from '@taskflow/engine';
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
import { readDestinations, type DestinationConfig } from './destination-config.js';
import { messageOf } from './holder.js';
import { createDestinationLoop, type DestinationHealth, type DestinationLoop } from './destination-loop.js';

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

/**
 * The pusher: takes instances whose Task has a push destination, submits them there once, and keeps them in step until they
 * have ended. One loop per destination of the file; of several pushers one holds a destination at a time. Stopping ends no job.
 *
 * @throws InvalidInput (BAD_CONFIG) when the file of destinations has faults
 */
export async function createPusher(runtime: Runtime, config: PusherConfig): Promise<Pusher> {
  const { logger, clock, tracer } = runtime;
  const configs = config.destinations === undefined ? [] : await readDestinations(config.destinations);
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
  let loops: readonly DestinationLoop[] = [];
  let listener: Listener | undefined;
  let ready = configs.length === 0;
  let migrated = false;
  let fault = 'not started';

  const wakeAll = (laneIds?: readonly number[]): void => {
    for (const loop of loops) loop.wake(laneIds);
  };

  // A database that is away at the start comes back: until then this is tried again.
  const prepare = createLoop(async () => {
    if (ready) return Infinity;
    try {
      if (!migrated) await prepareDatabase(config, logger);
      migrated = true;
      await registerDestinations(ctx, configs.map(toRow));
      const deploymentId = await readDeploymentId(ctx);
      loops = await Promise.all(configs.map((each) => createOne(each, deploymentId)));
      ready = true;
      for (const loop of loops) loop.start();
      return Infinity;
    } catch (error) {
      fault = messageOf(error);
      logger.warn({ err: error }, 'the destinations cannot be registered yet');
      return RETRY_MS;
    }
  });

  const createOne = async (each: DestinationConfig, deploymentId: string): Promise<DestinationLoop> => {
    const destination = await createDestination(each, clock);
    return createDestinationLoop({ destination, config: each, deploymentId, ctx, owner, testSignal: readTestSignal() });
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
    await prepare.stop();
    await Promise.all(loops.map((loop) => loop.stop()));
    await listener?.close();
    await wake.close();
    await db.close();
  };

  return {
    start() {
      if (config.databaseListen && configs.length > 0) listener = listen();
      prepare.start();
      return Promise.resolve();
    },
    stop: () => (stopped ??= stop()),
    health() {
      const destinations = loops.map((loop) => loop.health());
      const troubled = destinations.filter((each) => each.breaker === 'open');
      const trouble = troubled.map((each) => `${each.name}: ${each.error ?? 'open'}`).join('; ');
      const detail = ready ? trouble || `holds ${describeHeld(destinations)}` : fault;
      return { ok: ready && troubled.length === 0, listening: listener?.listening ?? false, destinations, detail };
    },
  };
}

function toRow(config: DestinationConfig): Parameters<typeof registerDestinations>[1][number] {
  const configHash = createHash('sha256').update(canonicalJson(config)).digest('hex').slice(0, 16);
  return { name: config.name, kind: config.kind, configHash, maxInFlight: config.max_in_flight };
}

function describeHeld(destinations: readonly DestinationHealth[]): string {
  const held = destinations.filter((each) => each.held).map((each) => each.name);
  return held.length === 0 ? 'no destination' : held.join(', ');
}
