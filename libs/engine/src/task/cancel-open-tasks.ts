import { cancelQueued, requestCancelRunning, type Queryable } from '@taskflow/store';

export interface CancelOpenInput {
  /** Everything that has not ended of these workflow instances. */
  readonly workflowInstanceIds?: readonly string[] | undefined;
  /** These instances. */
  readonly ids?: readonly string[] | undefined;
  /** For people. */
  readonly reason: string;
  readonly actor: string;
}

export interface CancelledOpen {
  /** Ended here and now: they had not started. */
  readonly ended: readonly string[];
  /** Run still; their workers and destinations are to be told. */
  readonly requested: readonly string[];
  /** Limits in which places became free: admitBlocked must run for them in the same transaction. */
  readonly freedKeys: readonly string[];
}

/**
 * Cancels what waits and asks for the end of what runs, set-based, in the caller's transaction.
 *
 * An instance that goes back to the queue between the two steps is caught by going round until nothing more is found.
 */
export async function cancelOpenTasks(q: Queryable, input: CancelOpenInput): Promise<CancelledOpen> {
  const { reason, actor, workflowInstanceIds = [], ids = [] } = input;
  const target = { workflowInstanceIds, ids, reason, actor };
  const ended: string[] = [];
  const requested: string[] = [];
  const freedKeys = new Set<string>();
  for (let pass = 1; ; pass += 1) {
    const queued = await cancelQueued(q, target);
    const running = await requestCancelRunning(q, target);
    ended.push(...queued.ids);
    requested.push(...running.map((row) => row.id));
    for (const key of queued.freed_keys) freedKeys.add(key);
    if (pass > 1 && queued.ids.length === 0 && running.length === 0)
      return { ended, requested, freedKeys: [...freedKeys] };
  }
}
