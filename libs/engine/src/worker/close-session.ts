import { closeSessions, lockSession } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { announceEnds, type Ends } from '../task/announce-ends.js';
import { endSessionLeases } from './end-session-leases.js';

export interface CloseSessionInput {
  readonly sessionId: string;
  /** For people: `drained`, `stopped`. */
  readonly reason: string;
}

const PAGE = 10_000;

/**
 * Ends the session of a worker that said goodbye; what it still holds goes back to the queue and counts as no attempt. Not for
 * a stream that broke: such a worker keeps its leases until they expire or it connects again. Repeating it does no harm.
 */
export async function closeSession(ctx: Ctx, input: CloseSessionInput): Promise<void> {
  const ended = await ctx.db.tx(async (q) => {
    const all: Ends[] = [];
    if (!(await lockSession(q, input.sessionId))) return all;
    const end = { sessionIds: [input.sessionId], actor: ctx.actor, as: 'returned' as const, limit: PAGE };
    for (let more = true; more;) {
      const step = await endSessionLeases(q, { ...end, reason: 'SESSION_CLOSED', message: input.reason });
      all.push(step.ends);
      more = step.more;
    }
    await closeSessions(q, [input.sessionId], input.reason);
    return all;
  });
  for (const ends of ended) announceEnds(ctx, ends);
}
