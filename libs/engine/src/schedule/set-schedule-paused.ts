import { NotFound, parseId } from '@taskflow/domain';
import { getScheduleRow, lockScheduleRow, setPaused } from '@taskflow/store';
import { recordChanges } from '../access/record-changes.js';
import type { Ctx } from '../context.js';
import { scheduleOf, type Schedule } from './schedule.js';
import { settleSchedules } from './settle-schedules.js';

/**
 * Pauses a schedule, or lets it go on. Slots that pass meanwhile get a row with the outcome `skipped_paused`; what was due
 * before the pause and is not decided yet is decided now, as if there were none. Idempotent.
 *
 * @throws NotFound
 */
export async function setSchedulePaused(
  ctx: Ctx,
  input: { readonly id: string; readonly paused: boolean },
): Promise<Schedule> {
  const id = parseId(input.id, 'id');
  const { row, announce } = await ctx.db.tx(async (q) => {
    const found = await lockScheduleRow(q, id);
    if (!found) throw noSchedule(id);
    if ((found.paused_at !== null) === input.paused) return { row: found, announce: () => undefined };
    const announce = await settleSchedules(ctx, q, [id]);
    await setPaused(q, { id, paused: input.paused });
    const of = `${found.kind} ${found.target_name}`;
    await recordChanges(ctx, q, [{ kind: 'schedule', target: id, detail: { of, paused: input.paused } }]);
    return { row: (await getScheduleRow(q, id)) ?? found, announce };
  });
  announce();
  ctx.wake.scheduleChanged();
  return scheduleOf(row);
}

export function noSchedule(id: string): NotFound {
  return new NotFound(`There is no schedule ${id}; list them with \`taskflow schedule list\`.`, { metadata: { id } });
}
