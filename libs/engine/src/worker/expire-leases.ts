import { closeSessions, fenceTerm, lockExpired } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { announceEnds } from '../task/announce-ends.js';
import { endSessionLeases } from './end-session-leases.js';

export interface ExpireInput {
  /** Most leases taken back at once; 1,000 by default. */
  readonly limit?: number | undefined;
  /** Database time when absent. */
  readonly now?: Date | undefined;
}

export interface Expired {
  /** Sessions that have ended with all of their leases. */
  readonly sessions: number;
  /** Attempts that were lost. */
  readonly attempts: number;
  /** There may be more to do at once. */
  readonly more: boolean;
}

const LIMIT = 1000;
const SESSIONS = 100;

/**
 * Takes the leases back from workers of which no heartbeat came in time. What they may have been running counts as lost and
 * is tried again while `infra_retries` last; what only waited in the worker goes back uncounted. Those whose rows somebody else
 * holds locked come later, with their session.
 */
export async function expireLeases(ctx: SchedulerCtx, input: ExpireInput = {}): Promise<Expired> {
  const { limit = LIMIT, now } = input;
  const result = await ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    const sessionIds = await lockExpired(q, { now, limit: SESSIONS });
    if (sessionIds.length === 0) return undefined;
    const step = await endSessionLeases(q, {
      sessionIds,
      actor: ctx.actor,
      as: 'lost',
      reason: 'WORKER_LOST',
      message: 'No heartbeat of its worker came in time.',
      limit,
      passOverLocked: true,
    });
    const closed = await closeSessions(q, sessionIds, 'expired');
    return { ...step, closed, more: step.more || closed.length === SESSIONS };
  });
  if (!result) return { sessions: 0, attempts: 0, more: false };
  for (const { id, worker } of result.closed) ctx.logger.warn({ session_id: id, worker }, 'worker lost');
  announceEnds(ctx, result.ends);
  return { sessions: result.closed.length, attempts: result.lost, more: result.more };
}
