import type { Queryable, Statement } from '../db.js';

/**
 * One schedule, locked against the scheduler when it is about to be changed.
 *
 * Locks: none (get) or the row FOR UPDATE (lock). Index: primary key. Idempotent: reads only. Caller: the api.
 */
export const getScheduleStatement: Statement = {
  name: 'schedule_get',
  text: `
select id, kind, target_name, ordinal, spec::text as spec, active, paused_at, high_water, next_at, revision,
       clock_timestamp() as now
  from schedules where id = $1`,
};

export const lockScheduleStatement: Statement = {
  name: 'schedule_lock',
  text: `${getScheduleStatement.text} for update`,
};

export interface ScheduleRow {
  readonly id: string;
  readonly kind: 'task' | 'workflow';
  readonly target_name: string;
  readonly ordinal: number;
  readonly spec: string;
  readonly active: boolean;
  readonly paused_at: Date | null;
  readonly high_water: Date;
  readonly next_at: Date | null;
  readonly revision: string;
  /** Database time. */
  readonly now: Date;
}

export async function getScheduleRow(q: Queryable, id: string): Promise<ScheduleRow | undefined> {
  return (await q.query<ScheduleRow>(getScheduleStatement, [id]))[0];
}

export async function lockScheduleRow(q: Queryable, id: string): Promise<ScheduleRow | undefined> {
  return (await q.query<ScheduleRow>(lockScheduleStatement, [id]))[0];
}
