import { decideAfterAttempt, type RetryPolicy } from '@taskflow/domain';

/** How an attempt ended that did not succeed. */
export interface UnsuccessfulEnd {
  readonly outcome: 'failed' | 'cancelled' | 'lost' | 'timeout';
  /** UPPER_SNAKE. */
  readonly reason: string;
  readonly message?: string | undefined;
  readonly exitCode?: number | undefined;
  /** No attempt follows, whatever the policy says. */
  readonly final?: boolean | undefined;
}

/** What is known of the attempt and of those before it. */
export interface AttemptHistory {
  readonly failures: number;
  readonly losses: number;
  /** Its end was asked for. */
  readonly cancelled: boolean;
  readonly cancel_reason: string | null;
}

/** What follows: another attempt, or the end of the instance. */
export interface AttemptFollowUp {
  readonly nextStatus: 'retry' | 'failed' | 'cancelled';
  readonly reason: string;
  readonly message: string | undefined;
  /** Milliseconds until the next attempt. */
  readonly delayMs: number;
  /** 1 when it counts against `retries`. */
  readonly failures: 0 | 1;
  /** 1 when it counts against `infra_retries`. */
  readonly losses: 0 | 1;
}

/** What follows an attempt, wherever it ran. Without a policy nothing does. */
export function decideEnding(
  policy: RetryPolicy | undefined,
  history: AttemptHistory,
  end: UnsuccessfulEnd,
): AttemptFollowUp {
  const { outcome, reason, message, exitCode } = end;
  if (outcome === 'cancelled' || history.cancelled) {
    const why = history.cancelled ? (history.cancel_reason ?? undefined) : message;
    return { nextStatus: 'cancelled', reason: 'CANCELLED', message: why, delayMs: 0, failures: 0, losses: 0 };
  }
  const counts = outcome === 'lost' ? ('loss' as const) : ('failure' as const);
  const budget = { failures: counts === 'failure' ? 1 : 0, losses: counts === 'loss' ? 1 : 0 } as const;
  if (policy === undefined || end.final) return { ...budget, nextStatus: 'failed', reason, message, delayMs: 0 };
  const decision = decideAfterAttempt(policy, {
    failures: history.failures,
    losses: history.losses,
    outcome: counts,
    reason,
    random: Math.random(),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
  return decision.next === 'retry'
    ? { ...budget, nextStatus: 'retry', reason, message, delayMs: decision.delayMs }
    : { ...budget, nextStatus: 'failed', reason: decision.reason, message, delayMs: 0 };
}
