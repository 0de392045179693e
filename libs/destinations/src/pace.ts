import type { Clock } from '@taskflow/domain';
import { createRate } from './rate.js';

export interface PaceOptions {
  readonly clock: Clock;
  /** Calls a second, as long as nobody throttles. */
  readonly perSecond: number;
  /** Calls under way at once. */
  readonly atOnce: number;
  /** Whether an error says that the server throttles, and for how long it wants to be left alone. Pure. */
  readonly throttleOf: (error: unknown) => { readonly retryAfterMs?: number | undefined } | undefined;
}

/** Calls of one kind, kept to what the server bears. */
export interface Pace {
  /** @throws NotSent when the signal ends before the turn of this call comes; what the call throws otherwise */
  run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Calls a second that are allowed at this moment. */
  perSecond(): number;
}

/** A call whose turn did not come in time: nothing of it has left this process. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}

interface Waiting {
  go(): void;
}

/** Calls go in the order in which they were asked for. */
export function createPace({ clock, perSecond, atOnce, throttleOf }: PaceOptions): Pace {
  const rate = createRate(perSecond);
  const waiting: Waiting[] = [];
  let underWay = 0;
  let timer: NodeJS.Timeout | undefined;

  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (underWay < atOnce && waiting.length > 0) {
      const wait = rate.take(clock.monotonicMs());
      if (wait > 0) {
        timer = setTimeout(pump, wait);
        return;
      }
      underWay += 1;
      waiting.shift()?.go();
    }
  };
  const turn = async (signal: AbortSignal): Promise<void> => {
    const turnCame = Promise.withResolvers<void>();
    const own: Waiting = { go: () => turnCame.resolve() };
    const onAbort = (): void => {
      const at = waiting.indexOf(own);
      if (at < 0) return;
      waiting.splice(at, 1);
      const allowed = rate.perSecond(clock.monotonicMs());
      turnCame.reject(new NotSent(`it was not its turn in time: ${allowed.toFixed(1)} calls a second are allowed now`));
    };
    waiting.push(own);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    pump();
    try {
      await turnCame.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      pump();
    }
  };

  return {
    async run(call, signal) {
      await turn(signal);
      const begun = clock.monotonicMs();
      try {
        return await call();
      } catch (error) {
        const throttle = throttleOf(error);
        if (throttle) rate.throttled(clock.monotonicMs(), begun, throttle.retryAfterMs);
        throw error;
      } finally {
        underWay -= 1;
        pump();
      }
    },
    perSecond: () => rate.perSecond(clock.monotonicMs()),
  };
}

/** Calls a second of each kind, as long as nobody throttles. */
export interface CallRates {
  readonly submit: number;
  readonly read: number;
  /** Of their own, so that a burst of submits does not hold up the end of a job. */
  readonly stop: number;
  readonly log: number;
}

export type CallKind = keyof CallRates;

export function createPaces(
  rates: CallRates,
  options: Omit<PaceOptions, 'perSecond'>,
): Readonly<Record<CallKind, Pace>> {
  const paceOf = (perSecond: number): Pace => createPace({ ...options, perSecond });
  return { submit: paceOf(rates.submit), read: paceOf(rates.read), stop: paceOf(rates.stop), log: paceOf(rates.log) };
}
