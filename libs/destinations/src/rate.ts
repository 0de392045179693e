/** How many calls may go, as a server that throttles leads to it. */
export interface Rate {
  /** Milliseconds until a call may go; 0: it goes now, and is counted. */
  take(nowMs: number): number;
  /** The server throttled a call that began at `begunMs`, and perhaps said for how long. */
  throttled(nowMs: number, begunMs: number, retryAfterMs?: number): void;
  /** Calls a second that are allowed at this moment. */
  perSecond(nowMs: number): number;
}

const GROWS_EVERY_MS = 10_000;
/** From nearly nothing back to the full rate takes ten steps. */
const STEPS = 10;
const LEAST_PER_SECOND = 0.5;
const LONGEST_PAUSE_MS = 120_000;

/**
 * A bucket of one second's calls. A throttled call halves the rate, the others that were under way with it do not halve it
 * again; every ten seconds without one it grows by a tenth of the full rate. Pure but for its own state.
 */
export function createRate(fullPerSecond: number): Rate {
  const least = Math.min(LEAST_PER_SECOND, fullPerSecond);
  let rate = fullPerSecond;
  let tokens = Math.max(1, fullPerSecond);
  let filledAt: number | undefined;
  let changedAt = 0;
  let cutAt = -Infinity;
  let pausedUntil = -Infinity;

  const settle = (nowMs: number): void => {
    while (rate < fullPerSecond && nowMs - changedAt >= GROWS_EVERY_MS) {
      rate = Math.min(fullPerSecond, rate + fullPerSecond / STEPS);
      changedAt += GROWS_EVERY_MS;
    }
    const from = Math.max(filledAt ?? nowMs, Math.min(pausedUntil, nowMs));
    tokens = Math.min(Math.max(1, rate), tokens + ((nowMs - from) * rate) / 1000);
    filledAt = nowMs;
  };

  return {
    take(nowMs) {
      settle(nowMs);
      if (nowMs < pausedUntil) return pausedUntil - nowMs;
      // What sums of fractions lack of a whole call is none.
      if (tokens < 1 - 1e-9) return Math.max(1, Math.ceil(((1 - tokens) * 1000) / rate));
      tokens -= 1;
      return 0;
    },
    throttled(nowMs, begunMs, retryAfterMs = 0) {
      settle(nowMs);
      pausedUntil = Math.max(pausedUntil, nowMs + Math.min(retryAfterMs, LONGEST_PAUSE_MS));
      changedAt = nowMs;
      tokens = Math.min(tokens, 0);
      if (begunMs <= cutAt) return;
      rate = Math.max(least, rate / 2);
      cutAt = nowMs;
    },
    perSecond(nowMs) {
      settle(nowMs);
      return rate;
    },
  };
}
