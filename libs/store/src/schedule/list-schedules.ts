import type { Queryable, Statement } from '../db.js';
import type { ScheduleRow } from './get-schedule.js';

/**
 * A page of the schedules in use, in order of id.
 *
 * Locks: none. Index: primary key; (kind, target_name, ordinal) is small enough to filter by target.
 * Idempotent: reads only. Caller: the api.
 */
export const listSchedulesStatement: Statement = {
  name: 'schedule_list',
  text: `
select id, kind, target_name, ordinal, spec::text as spec, active, paused_at, high_water, next_at, revision,
       clock_timestamp() as now
  from schedules
 where id > $1 and active and ($2::text is null or target_name = $2)
 order by id
 limit $3`,
};

export interface ListSchedulesInput {
  /** Only ids after this one. */
  readonly after: string;
  readonly target?: string | undefined;
  readonly limit: number;
}

export function listScheduleRows(q: Queryable, input: ListSchedulesInput): Promise<ScheduleRow[]> {
  return q.query<ScheduleRow>(listSchedulesStatement, [input.after, input.target ?? null, input.limit]);
}
