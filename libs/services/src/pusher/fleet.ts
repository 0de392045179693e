import { canonicalJson } from '@taskflow/domain';
import type { DestinationConfig } from './destination-config.js';
import type { DestinationLoop } from './destination-loop.js';

/** Settings that a loop takes over while it goes on; another change means another client, and begins the loop anew. */
const TAKEN_OVER: ReadonlySet<string> = new Set([
  'paused',
  'link',
  'api',
  'max_in_flight',
  'lease',
  'submit_timeout',
  'lost_timeout',
  'start_timeout',
  'cancel_timeout',
  'ambiguity_window',
  'sync_interval',
  'sweep_interval',
  'keep_finished',
]);

/** The loops of one pusher, in step with its configuration. */
export interface Fleet {
  readonly loops: readonly DestinationLoop[];
  /** Brings the loops in step: stops what is not named any more, and begins what is new. Ends no job. */
  apply(configs: readonly DestinationConfig[]): Promise<void>;
  stop(): Promise<void>;
}

export function createFleet(open: (config: DestinationConfig) => DestinationLoop): Fleet {
  const members = new Map<string, { config: DestinationConfig; readonly loop: DestinationLoop }>();
  return {
    get loops() {
      return [...members.values()].map(({ loop }) => loop);
    },
    async apply(configs) {
      const named = new Map(configs.map((config) => [config.name, config]));
      const gone = [...members].filter(([name, { config }]) => {
        const next = named.get(name);
        return next === undefined || placeOf(next) !== placeOf(config);
      });
      for (const [name] of gone) members.delete(name);
      await Promise.all(gone.map(([, { loop }]) => loop.stop()));
      for (const config of configs) {
        const known = members.get(config.name);
        if (known === undefined) {
          const loop = open(config);
          members.set(config.name, { config, loop });
          loop.start();
        } else {
          known.config = config;
          known.loop.reconfigure(config);
        }
      }
    },
    async stop() {
      await Promise.all([...members.values()].map(({ loop }) => loop.stop()));
    },
  };
}

function placeOf(config: DestinationConfig): string {
  return canonicalJson(Object.fromEntries(Object.entries(config).filter(([key]) => !TAKEN_OVER.has(key))) as never);
}
