import type { Logger } from '@taskflow/runtime';
import { CHANNELS, createListener, type Listener } from '@taskflow/store';
import type { ApiConfig } from './config.js';
import type { Hub } from './session/hub.js';
import type { Waiters } from './wait/waiters.js';

/** Hints of other processes, passed on to the hub and the waiters. */
export interface Hints {
  /** Listens from now on; does nothing where notifications are turned off. */
  start(): void;
  listening(): boolean;
  stop(): Promise<void>;
}

export function listenForHints(
  config: ApiConfig,
  logger: Logger,
  targets: () => { readonly hub: Hub; readonly waiters: Waiters },
): Hints {
  let listener: Listener | undefined;

  const onNotify = (channel: string, payload: string): void => {
    const { hub, waiters } = targets();
    if (channel === CHANNELS.ready) hub.wakeReady(readLanes(payload));
    else if (channel === CHANNELS.cancel) hub.wakeCancels();
    else if (channel === CHANNELS.schedule) hub.wakeLanes();
    else if (channel === CHANNELS.ended && payload === '') waiters.hint();
    else if (channel === CHANNELS.ended) waiters.ended('workflow', payload.split(','));
  };
  const onState = (state: 'listening' | 'lost'): void => {
    if (state === 'lost') return logger.warn('notifications lost, polling');
    // What was said before is lost: look at everything once.
    const { hub, waiters } = targets();
    hub.wakeReady([]);
    hub.wakeCancels();
    hub.wakeLanes();
    waiters.hint();
  };

  return {
    start() {
      if (!config.databaseListen) return;
      listener ??= createListener({
        url: config.databaseUrl,
        applicationName: 'taskflow api listen',
        channels: [CHANNELS.ready, CHANNELS.cancel, CHANNELS.schedule, CHANNELS.ended],
        onNotify,
        onState,
      });
    },
    listening: () => listener?.listening ?? false,
    stop: async () => listener?.close(),
  };
}

function readLanes(payload: string): number[] {
  return payload === '' ? [] : payload.split(',').map(Number);
}
