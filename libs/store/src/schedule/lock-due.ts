import type { Queryable, Statement } from '../db.js';

/**
 * Schedules with a slot that is due, the longest overdue first, with what their target is now.
 *
 * Locks: the schedules' rows FOR UPDATE, skipping those that someone is editing. Index: schedules_due.
 * Idempotent: reads only. Caller: the scheduler under its fence.
 */
export const lockDueStatement: Statement = {
  name: 'schedule_lock_due',
  text: `
select s.id, s.kind, s.target_name, s.spec::text as spec, s.paused_at, s.high_water, s.revision,
       coalesce(t.active, w.active, false) as target_active, coalesce(t.version_id, w.version_id) as version_id,
       t.lane_id, coalesce(t.default_priority, w.default_priority) as priority,
       coalesce($2::timestamptz, clock_timestamp()) as now
  from schedules s
  left join tasks t on s.kind = 'task' and t.name = s.target_name
  left join workflows w on s.kind = 'workflow' and w.name = s.target_name
 where s.active and s.next_at <= coalesce($2::timestamptz, statement_timestamp())
 order by s.next_at, s.id
 limit $1
   for update of s skip locked`,
};

export interface DueSchedule {
  readonly id: string;
  readonly kind: 'task' | 'workflow';
  readonly target_name: string;
  readonly spec: string;
  readonly paused_at: Date | null;
  readonly high_water: Date;
  readonly revision: string;
  readonly target_active: boolean;
  readonly version_id: string | null;
  readonly lane_id: number | null;
  readonly priority: string | null;
  /** The moment that decides what is due. */
  readonly now: Date;
}

export function lockDue(q: Queryable, input: { limit: number; now?: Date | undefined }): Promise<DueSchedule[]> {
  return q.query<DueSchedule>(lockDueStatement, [input.limit, input.now ?? null]);
}
