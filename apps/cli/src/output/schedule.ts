import type { Schedule } from '@taskflow/proto/taskflow/v1/schedules.js';
import type { Column } from './print.js';
import { moment, oneLine } from './text.js';

export const SCHEDULE_COLUMNS: readonly Column<Schedule>[] = [
  ['id', ({ id }) => id],
  ['kind', ({ kind }) => kind],
  ['of', ({ target }) => target],
  ['state', (schedule) => scheduleState(schedule)],
  ['next', ({ nextAt }) => moment(nextAt)],
  ['when', ({ description }) => oneLine(description, 80)],
];

export function scheduleFields(schedule: Schedule): [string, string][] {
  return [
    ['id', schedule.id],
    ['of', `${schedule.kind} ${schedule.target}`],
    ['state', scheduleState(schedule)],
    ['when', oneLine(schedule.description, 500)],
    ['next', moment(schedule.nextAt)],
    ['decided up to', moment(schedule.highWater)],
    ['paused', moment(schedule.pausedAt)],
    ['spec', oneLine(schedule.specJson, 1000)],
  ];
}

function scheduleState({ active, pausedAt }: Schedule): string {
  if (pausedAt !== undefined) return 'paused';
  return active ? 'active' : 'inactive';
}
