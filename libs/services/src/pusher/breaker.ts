import type { Clock } from '@taskflow/domain';

const MOST_FAILURES = 5;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Keeps a destination that fails from being called on: while it is open nothing is claimed or submitted. */
export interface Breaker {
  state(): 'open' | 'closed';
  /** Open, and it is time to ask the destination how it is. */
  wantsTrial(): boolean;
  succeeded(): void;
  /** `grave`: no call can succeed now. */
  failed(message: string, grave?: boolean): void;
  /** Of the last failure since the last success. */
  error(): string | undefined;
  /** When an open one is tried, on the monotonic clock. */
  until(): number | undefined;
  /** Failures ever. */
  tally(): number;
}

export function createBreaker(clock: Clock): Breaker {
  let failures = 0;
  let tally = 0;
  let opened = 0;
  let until: number | undefined;
  let last: string | undefined;
  return {
    state: () => (until === undefined ? 'closed' : 'open'),
    wantsTrial: () => until !== undefined && clock.monotonicMs() >= until,
    succeeded() {
      failures = 0;
      opened = 0;
      until = undefined;
      last = undefined;
    },
    failed(message, grave = false) {
      last = message;
      failures += 1;
      tally += 1;
      if (!grave && failures < MOST_FAILURES && until === undefined) return;
      until = clock.monotonicMs() + Math.min(FIRST_PAUSE_MS * 2 ** opened, LONGEST_PAUSE_MS);
      opened += 1;
    },
    error: () => last,
    until: () => until,
    tally: () => tally,
  };
}
