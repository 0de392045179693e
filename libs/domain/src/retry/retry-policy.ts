/** When an attempt is followed by another. Every task definition is one. */
export interface RetryPolicy {
  /** How many attempts may follow attempts that failed. Default 0. */
  readonly retries: number;
  /** Milliseconds between the first failure and the next attempt. Default 10 s. */
  readonly retry_delay_ms: number;
  readonly retry: RetryShape;
  /** How many attempts may follow attempts that were lost with their worker, node or job. Default 3. */
  readonly infra_retries: number;
}

export interface RetryShape {
  /** Each delay is the one before times this; 1 keeps it constant. Default 1. */
  readonly factor: number;
  /** Milliseconds that no delay exceeds. Default 1 h, or `retry_delay` where that is longer. */
  readonly max_delay_ms: number;
  /** Part of the delay, 0 to 1, by which it may be shorter or longer at random. Default 0. */
  readonly jitter: number;
  /** With this or `exit_codes.retry` given, only attempts that one of the two lists names are tried again. */
  readonly retry_on: readonly string[];
  /** Reasons that are never tried again. Wins over `retry_on`. */
  readonly stop_on: readonly string[];
  readonly exit_codes: {
    readonly retry: readonly number[];
    /** Exit codes that are never tried again. Wins over `retry`. */
    readonly stop: readonly number[];
  };
}

export interface AttemptEnd {
  /** Attempts of this instance that failed before this one. */
  readonly failures: number;
  /** Attempts of this instance that were lost before this one. */
  readonly losses: number;
  /** `failure`: the code or command said no. `loss`: its worker, node or job went away under it. */
  readonly outcome: 'failure' | 'loss';
  /** UPPER_SNAKE, as it will stand in the attempt's row. */
  readonly reason: string;
  readonly exitCode?: number;
  /** A random number in [0, 1), for the jitter. */
  readonly random: number;
}

export type RetryDecision =
  | { readonly next: 'retry'; readonly delayMs: number; readonly counts: 'failure' | 'loss' }
  | { readonly next: 'failed'; readonly reason: string };

/** The reason of an instance that was lost more often than `infra_retries` allows: it may be what kills its workers. */
export const POISONED = 'POISONED';

export const DEFAULT_RETRY_DELAY_MS = 10_000;
export const DEFAULT_MAX_DELAY_MS = 3_600_000;
export const DEFAULT_INFRA_RETRIES = 3;

const FIRST_LOSS_DELAY_MS = 1000;
const LONGEST_LOSS_DELAY_MS = 30_000;

/**
 * What follows an attempt that did not succeed. Failures and losses have budgets of their own: neither uses up the other's, so
 * there are at most `retries + infra_retries + 1` attempts.
 *
 * A first loss is tried again at once, further ones after 1 s, 2 s, 4 s… up to 30 s; the lists of reasons and exit codes are about
 * failures only.
 */
export function decideAfterAttempt(policy: RetryPolicy, end: AttemptEnd): RetryDecision {
  if (end.outcome === 'loss') {
    if (end.losses >= policy.infra_retries) return { next: 'failed', reason: POISONED };
    return { next: 'retry', delayMs: lossDelayMs(end.losses), counts: 'loss' };
  }
  if (end.failures >= policy.retries || !isRetried(policy.retry, end)) {
    return { next: 'failed', reason: end.reason };
  }
  return { next: 'retry', delayMs: failureDelayMs(policy, end), counts: 'failure' };
}

function isRetried(shape: RetryShape, { reason, exitCode }: AttemptEnd): boolean {
  const listed = (codes: readonly number[]) => exitCode !== undefined && codes.includes(exitCode);
  if (shape.stop_on.includes(reason) || listed(shape.exit_codes.stop)) return false;
  if (shape.retry_on.length === 0 && shape.exit_codes.retry.length === 0) return true;
  return shape.retry_on.includes(reason) || listed(shape.exit_codes.retry);
}

function failureDelayMs(policy: RetryPolicy, { failures, random }: AttemptEnd): number {
  const { factor, jitter, max_delay_ms: longest } = policy.retry;
  const plain = Math.min(policy.retry_delay_ms * Math.min(factor ** failures, Number.MAX_VALUE), longest);
  const spread = 1 - jitter + 2 * jitter * random;
  return Math.round(Math.min(plain * spread, longest));
}

function lossDelayMs(losses: number): number {
  return losses === 0 ? 0 : Math.min(FIRST_LOSS_DELAY_MS * 2 ** (losses - 1), LONGEST_LOSS_DELAY_MS);
}
