import { fenceTerm, lockDue } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { announceDecided, decideDue } from './decide-due.js';

export interface FireInput {
  /** Most schedules in one transaction; 1,000 by default. */
  readonly limit?: number | undefined;
  /** Database time when absent. */
  readonly now?: Date | undefined;
}

export interface Fired {
  /** Schedules that were due; as many as the limit means that there may be more. */
  readonly schedules: number;
  /** Slots decided, by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
}

const LIMIT = 1000;

/**
 * Decides every slot that is due and makes the instances of those that fire: slots, instances and high-water marks in one
 * transaction.
 */
export async function fireDue(ctx: SchedulerCtx, input: FireInput = {}): Promise<Fired> {
  const { limit = LIMIT, now } = input;
  const result = await ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    const due = await lockDue(q, { limit, now });
    if (due.length === 0) return undefined;
    return { schedules: due.length, decided: await decideDue(ctx, q, { due, term: ctx.term, now }) };
  });
  if (!result) return { schedules: 0, outcomes: {} };
  announceDecided(ctx, result.decided);
  return { schedules: result.schedules, outcomes: result.decided.outcomes };
}
