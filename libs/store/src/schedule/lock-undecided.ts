import type { Queryable, Statement } from '../db.js';
import type { DueSchedule } from './lock-due.js';

/**
 * These schedules, as far as they are in use, with what their target is now: for whoever is about to change them.
 *
 * Locks: the schedules' rows FOR UPDATE in order of id; waits for the scheduler to finish with them. Index: primary key.
 * Idempotent: reads only. Caller: the api, before it edits, pauses or resumes.
 */
export const lockUndecidedStatement: Statement = {
  name: 'schedule_lock_undecided',
  text: `
select s.id, s.kind, s.target_name, s.spec::text as spec, s.paused_at, s.high_water, s.revision,
       coalesce(t.active, w.active, false) as target_active, coalesce(t.version_id, w.version_id) as version_id,
       t.lane_id, coalesce(t.default_priority, w.default_priority) as priority,
       coalesce($2::timestamptz, clock_timestamp()) as now
  from schedules s
  left join tasks t on s.kind = 'task' and t.name = s.target_name
  left join workflows w on s.kind = 'workflow' and w.name = s.target_name
 where s.id = any ($1::bigint[]) and s.active
 order by s.id
   for update of s`,
};

export function lockUndecided(
  q: Queryable,
  input: { readonly ids: readonly string[]; readonly now?: Date | undefined },
): Promise<DueSchedule[]> {
  return q.query<DueSchedule>(lockUndecidedStatement, [input.ids, input.now ?? null]);
}
