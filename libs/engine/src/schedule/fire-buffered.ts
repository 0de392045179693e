import { jitterMs } from '@taskflow/domain';
import { fenceTerm, lockBuffered, releaseBuffered } from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { fireSlots, targetFault, targetsOf } from './fire-slots.js';
import { readSpec } from './plan-schedule.js';

/** Fires the oldest buffered slot of each schedule that has nothing running any more. Gives how many slots were decided. */
export async function fireBuffered(
  ctx: SchedulerCtx,
  input: { readonly limit?: number | undefined; readonly now?: Date | undefined } = {},
): Promise<number> {
  const { limit = 500, now } = input;
  const result = await ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    const buffered = await lockBuffered(q, { limit, now });
    if (buffered.length === 0) return undefined;
    const targets = await targetsOf(q, buffered);
    const decided = buffered.map((schedule) => {
      const fault = targetFault(targets, schedule);
      const fate = !schedule.target_active
        ? { outcome: 'skipped_inactive', reason: 'inactive' }
        : fault !== undefined
          ? { outcome: 'missed', reason: fault }
          : { outcome: 'fired', reason: 'after_overlap' };
      return { scheduleId: schedule.id, slot: schedule.slot, ...fate };
    });
    const released = await releaseBuffered(q, ctx.term, decided);
    const won = new Set(released.filter((slot) => slot.outcome === 'fired').map((slot) => slot.schedule_id));
    const firing = buffered
      .filter((schedule) => won.has(schedule.id))
      .map((schedule) => {
        const spec = readSpec(schedule.spec);
        const runAt = new Date(schedule.slot.getTime() + jitterMs(spec, schedule.id, schedule.slot));
        return { due: schedule, spec, slot: schedule.slot, runAt };
      });
    return { decided: released.length, fired: await fireSlots(ctx, q, firing, targets, now) };
  });
  if (!result) return 0;
  if (result.fired.laneIds.length > 0) ctx.wake.ready(result.fired.laneIds);
  if (result.fired.workflows > 0) ctx.wake.workflowChanged();
  return result.decided;
}
