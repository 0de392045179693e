import { getSchedule, listScheduleSlots, listSchedules, previewSchedule, setSchedulePaused } from '@taskflow/engine';
import type { ScheduleServiceService } from '@taskflow/proto/taskflow/v1/schedules.js';
import type { Handlers } from '@taskflow/rpc/server';
import type { ApiContext } from '../context.js';
import { readJson } from '../message/json.js';
import { writeSchedule, writeSlot } from '../message/schedule.js';

export function scheduleHandlers({ ctx }: ApiContext): Handlers<typeof ScheduleServiceService> {
  return {
    async listSchedules(request, call) {
      const { items, nextPageToken } = await listSchedules(ctx(call), request);
      return { schedules: items.map(writeSchedule), nextPageToken };
    },
    async getSchedule(request, call) {
      return { schedule: writeSchedule(await getSchedule(ctx(call), request)) };
    },
    async previewSchedule({ id, specJson, count, after }, call) {
      const spec = readJson(specJson, 'spec_json');
      return previewSchedule(ctx(call), { id, spec, count, after });
    },
    async pauseSchedule({ id }, call) {
      return { schedule: writeSchedule(await setSchedulePaused(ctx(call), { id, paused: true })) };
    },
    async resumeSchedule({ id }, call) {
      return { schedule: writeSchedule(await setSchedulePaused(ctx(call), { id, paused: false })) };
    },
    async listScheduleSlots(request, call) {
      const { items, nextPageToken } = await listScheduleSlots(ctx(call), request);
      return { slots: items.map(writeSlot), nextPageToken };
    },
  };
}
