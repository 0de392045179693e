import { NotFound, nextSlot, parseId, planDue } from '@taskflow/domain';
import {
  getScheduleRow,
  insertSlots,
  lockScheduleRow,
  setPaused,
  type Queryable,
  type ScheduleRow,
} from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readSpec } from './plan-schedule.js';
import { scheduleOf, type Schedule } from './schedule.js';

/** Slots that are decided by nobody's term: those of a pause, when it ends. */
const NO_TERM = '0';

/**
 * Pauses a schedule, or lets it go on. Slots that pass meanwhile get a row with the outcome `skipped_paused`; what came
 * before the pause still runs. Idempotent.
 *
 * @throws NotFound
 */
export async function setSchedulePaused(
  ctx: Ctx,
  input: { readonly id: string; readonly paused: boolean },
): Promise<Schedule> {
  const id = parseId(input.id, 'id');
  const row = await ctx.db.tx(async (q) => {
    const found = await lockScheduleRow(q, id);
    if (!found) throw noSchedule(id);
    if ((found.paused_at !== null) === input.paused) return found;
    const moved = found.paused_at === null ? undefined : await accountForPause(q, found, found.paused_at);
    await setPaused(q, { id, paused: input.paused, moved });
    return (await getScheduleRow(q, id)) ?? found;
  });
  ctx.wake.scheduleChanged();
  return scheduleOf(row);
}

/**
 * The scheduler may have been away: whatever it has not decided of the pause is skipped. What came before the pause is left
 * to it; then the high-water mark stays, and the rows that are there already keep the skipped slots from firing.
 */
async function accountForPause(
  q: Queryable,
  row: ScheduleRow,
  pausedAt: Date,
): Promise<{ highWater: Date; nextAt: Date | null } | undefined> {
  const spec = readSpec(row.spec);
  const earlier = nextSlot(spec, row.high_water);
  const state = { now: row.now, running: 0, paused: true, seed: row.id };
  let plan = planDue(spec, { ...state, highWater: pausedAt > row.high_water ? pausedAt : row.high_water });
  for (;;) {
    const slots = plan.decisions.map(({ slot, outcome, reason }) => ({ scheduleId: row.id, slot, outcome, reason }));
    if (slots.length > 0) await insertSlots(q, NO_TERM, slots);
    if (!plan.more) break;
    plan = planDue(spec, { ...state, highWater: plan.highWater });
  }
  if (earlier !== undefined && earlier <= pausedAt) return undefined;
  return { highWater: plan.highWater, nextAt: plan.nextAt ?? null };
}

export function noSchedule(id: string): NotFound {
  return new NotFound(`There is no schedule ${id}; list them with \`taskflow schedule list\`.`, { metadata: { id } });
}
