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
  readonly onDrop: (fate: Fate) => void;
  readonly signal: AbortSignal;
}

/**
 * Why there is no connection. `taken`: another scheduler is subscribed as this framework. `removed`: the framework has ended,
 * and its tasks with it.
 */
export type Fate = 'broken' | 'taken' | 'removed';

export interface Subscription {
  readonly connected: boolean;
  readonly fate: Fate;
  /** Why there is no connection, and what to do. */
  readonly trouble: string | undefined;
  /**
   * Sends a call that is accepted, not carried out, when this resolves.
   *
   * @throws NotSubscribed when there is no connection; nothing was sent then
   */
  call(type: string, body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
}

export class NotSubscribed extends Error {
  override readonly name = 'NotSubscribed';
}

const SILENT_BEATS = 5;
const DEFAULT_BEAT_MS = 15_000;
const LONGEST_PAUSE_MS = 15_000;
const LEAST_PAUSE_MS = 200;
/** Between two looks whether who has taken the framework is still there. */
const TAKEN_PAUSE_MS = 5000;

/** The one stream of events that a framework has, made again whenever it ends, unless another scheduler has it. */
export function startSubscription(options: SubscriptionOptions): Subscription {
  const { master, clock, logger, framework, onEvent, onDrop, signal } = options;
  let streamId: string | undefined;
  let fate: Fate = 'broken';
  let trouble: string | undefined = 'not subscribed yet';

  const follow = async (): Promise<void> => {
    const info = framework();
    const call = { type: 'SUBSCRIBE', subscribe: { framework_info: info } };
    const silence = new AbortController();
    let heardAt = clock.monotonicMs();
    // A master that takes the connection and says nothing is not waited for as long as one that has spoken.
    let patienceMs = DEFAULT_BEAT_MS;
    const watchdog = setInterval(() => {
      if (clock.monotonicMs() - heardAt > patienceMs) silence.abort(new Error('no heartbeat came from the master'));
    }, 500);
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
          const beatMs = (event.subscribed.heartbeat_interval_seconds ?? DEFAULT_BEAT_MS / 1000) * 1000;
          patienceMs = SILENT_BEATS * beatMs;
          await onEvent(event);
          streamId = id;
          trouble = undefined;
        } else {
          await onEvent(event);
        }
      }
      throw new Error('the stream of the master ended');
    } finally {
      clearInterval(watchdog);
      silence.abort();
    }
  };

  /** Whether a scheduler is connected as this framework. Who cannot be asked is taken to be. */
  const isTaken = async (): Promise<boolean> => {
    const id = framework().id?.value;
    const found = await master
      .frameworks(AbortSignal.any([signal, AbortSignal.timeout(TAKEN_PAUSE_MS)]))
      .catch(() => undefined);
    return found === undefined || found.some((one) => one.id === id && one.connected);
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      const begun = clock.monotonicMs();
      try {
        await follow();
      } catch (error) {
        if (signal.aborted) return;
        const said = error instanceof Error ? error.message : String(error);
        streamId = undefined;
        fate = fateOf(said);
        trouble = troubleOf(fate, said, framework().id?.value);
        onDrop(fate);
        failures = clock.monotonicMs() - begun > LONGEST_PAUSE_MS ? 1 : failures + 1;
        logger.warn({ reason: trouble }, 'the subscription at the Mesos master broke off');
        const longest = Math.min(LEAST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
        await setTimeout(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
        // To subscribe would end the other's subscription, which would end ours, for ever.
        while (fate === 'taken' && !signal.aborted && (await isTaken())) {
          await setTimeout(TAKEN_PAUSE_MS, undefined, { signal }).catch(() => undefined);
        }
      }
    }
  };
  void run();

  return {
    get connected() {
      return streamId !== undefined;
    },
    get fate() {
      return fate;
    },
    get trouble() {
      return trouble;
    },
    async call(type, body, callSignal) {
      if (streamId === undefined) throw new NotSubscribed(`not subscribed at the Mesos master: ${trouble ?? ''}`);
      const request = { type, framework_id: framework().id, ...body };
      const response = await master.post(request, { 'mesos-stream-id': streamId }, callSignal);
      await response.body?.cancel();
    },
  };
}

function fateOf(said: string): Fate {
  if (/Framework failed over/.test(said)) return 'taken';
  return /Framework has been removed/.test(said) ? 'removed' : 'broken';
}

function troubleOf(fate: Fate, said: string, id = 'none'): string {
  switch (fate) {
    case 'broken':
      return said;
    case 'taken':
      return `another scheduler has subscribed as the framework ${id} (${said}); this one waits until that one is gone: end it, or give one of both another name and database`;
    case 'removed':
      return `the framework ${id} was removed from the master and its tasks were ended (${said}); set reset_framework to go on as a new one`;
  }
}
