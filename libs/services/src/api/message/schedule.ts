import type { Schedule, ScheduleSlot } from '@taskflow/engine';
import type * as wire from '@taskflow/proto/taskflow/v1/schedules.js';

export function writeSchedule(schedule: Schedule): wire.Schedule {
  const { id, kind, target, ordinal, description, active, pausedAt, nextAt, highWater } = schedule;
  const specJson = JSON.stringify(schedule.spec);
  return { id, kind, target, ordinal, specJson, description, active, pausedAt, nextAt, highWater };
}

export function writeSlot(slot: ScheduleSlot): wire.ScheduleSlot {
  return { ...slot, taskInstanceId: slot.taskInstanceId ?? '', workflowInstanceId: slot.workflowInstanceId ?? '' };
}
