import { setTimeout } from 'node:timers/promises';
import type { Clock } from '@taskflow/domain';
import type { Logger } from '@taskflow/runtime';
import type { Master } from './master.js';
import { readRecords } from './record-io.js';
import type { FrameworkInfo, SchedulerEvent } from './scheduler-api.js';

export interface SubscriptionOptions {
  readonly master: Master;
  readonly clock: Clock;
  readonly logger: Logger;
  /** As it is now: with its id once it has one. */
  readonly framework: () => FrameworkInfo;
  /** In order, each done before the next. What it throws ends the connection, and another one is made. */
  readonly onEvent: (event: SchedulerEvent) => Promise<void>;
  /** With why. */
  readonly onDrop: (reason: string) => void;
  readonly signal: AbortSignal;
}

export interface Subscription {
  readonly connected: boolean;
  /** Why there is no connection. */
  readonly trouble: string | undefined;
  /**
   * Sends a call that is accepted, not carried out, when this resolves.
   *
   * @throws Error when there is no connection; nothing was sent then
   */
  call(type: string, body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
}

const SILENT_BEATS = 5;
const DEFAULT_BEAT_MS = 15_000;
const LONGEST_PAUSE_MS = 15_000;
const LEAST_PAUSE_MS = 200;

/** The one stream of events that a framework has, made again whenever it ends. */
export function startSubscription(options: SubscriptionOptions): Subscription {
  const { master, clock, logger, framework, onEvent, onDrop, signal } = options;
  let streamId: string | undefined;
  let trouble: string | undefined = 'not subscribed yet';

  const follow = async (): Promise<void> => {
    const info = framework();
    const call = { type: 'SUBSCRIBE', subscribe: { framework_info: info } };
    const silence = new AbortController();
    let heardAt = clock.monotonicMs();
    let beatMs = DEFAULT_BEAT_MS;
    const watchdog = setInterval(() => {
      if (clock.monotonicMs() - heardAt > SILENT_BEATS * beatMs) silence.abort(new Error('no heartbeat came'));
    }, 1000);
    watchdog.unref();
    try {
      const body = info.id === undefined ? call : { ...call, framework_id: info.id };
      const response = await master.post(body, {}, AbortSignal.any([signal, silence.signal]));
      const id = response.headers.get('mesos-stream-id');
      if (response.body === null || id === null) throw new Error('the master opened no stream');
      for await (const record of readRecords(response.body as AsyncIterable<Uint8Array>)) {
        heardAt = clock.monotonicMs();
        const event = JSON.parse(record) as SchedulerEvent;
        if (event.type === 'ERROR') throw new Error(event.error.message);
        if (event.type === 'SUBSCRIBED') {
          beatMs = (event.subscribed.heartbeat_interval_seconds ?? DEFAULT_BEAT_MS / 1000) * 1000;
          await onEvent(event);
          streamId = id;
          trouble = undefined;
        } else {
          await onEvent(event);
        }
      }
      throw new Error('the stream ended');
    } finally {
      clearInterval(watchdog);
      silence.abort();
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      const begun = clock.monotonicMs();
      try {
        await follow();
      } catch (error) {
        if (signal.aborted) return;
        streamId = undefined;
        trouble = error instanceof Error ? error.message : String(error);
        onDrop(trouble);
        failures = clock.monotonicMs() - begun > LONGEST_PAUSE_MS ? 1 : failures + 1;
        logger.warn({ reason: trouble }, 'the subscription at the Mesos master broke off');
        const longest = Math.min(LEAST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
        await setTimeout(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      }
    }
  };
  void run();

  return {
    get connected() {
      return streamId !== undefined;
    },
    get trouble() {
      return trouble;
    },
    async call(type, body, callSignal) {
      if (streamId === undefined) throw new Error(`not subscribed at the Mesos master: ${trouble ?? ''}`);
      const request = { type, framework_id: framework().id, ...body };
      const response = await master.post(request, { 'mesos-stream-id': streamId }, callSignal);
      await response.body?.cancel();
    },
  };
}
