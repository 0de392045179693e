import { lockUndecided, type Queryable } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { announceDecided, decideDue, type DecidedDue } from './decide-due.js';

/** Slots that are decided by nobody's term: those that were due when their schedule was changed. */
const NO_TERM = '0';

/**
 * Decides what schedules have due up to now, before the caller changes them in the same transaction: a change holds for what
 * comes after it, and every slot before it gets its row by what the schedule said until then.
 *
 * @param now the moment of the change; database time when absent
 * @returns to be called after the commit
 */
export async function settleSchedules(ctx: Ctx, q: Queryable, ids: readonly string[], now?: Date): Promise<() => void> {
  const settled: DecidedDue[] = [];
  let moment = now;
  while (ids.length > 0) {
    const due = await lockUndecided(q, { ids, now: moment });
    if (due.length === 0) break;
    moment ??= due[0]?.now;
    const decided = await decideDue(ctx, q, { due, term: NO_TERM });
    settled.push(decided);
    if (!decided.more) break;
  }
  return () => {
    for (const decided of settled) announceDecided(ctx, decided);
  };
}
