import type { Queryable, Statement } from '../db.js';
import type { DueSchedule } from './lock-due.js';

/**
 * Schedules with buffered slots and the oldest of these, where no run of the schedule is left open.
 *
 * Locks: the schedules' rows FOR UPDATE, skipping those that someone is editing. Index: schedule_slots_buffered,
 * schedule_slots_fired. Idempotent: reads only. Caller: the scheduler under its fence.
 */
export const lockBufferedStatement: Statement = {
  name: 'schedule_lock_buffered',
  text: `
select s.id, s.kind, s.target_name, s.spec::text as spec, s.paused_at, s.high_water, s.revision,
       coalesce(t.active, w.active, false) as target_active, coalesce(t.version_id, w.version_id) as version_id,
       t.lane_id, coalesce(t.default_priority, w.default_priority) as priority,
       coalesce($2::timestamptz, clock_timestamp()) as now, b.slot
  from (select schedule_id, min(slot) as slot from schedule_slots where outcome = 'buffered' group by schedule_id) b
  join schedules s on s.id = b.schedule_id
  left join tasks t on s.kind = 'task' and t.name = s.target_name
  left join workflows w on s.kind = 'workflow' and w.name = s.target_name
 where s.paused_at is null
   and not exists (
     select from (select task_instance_id, workflow_instance_id from schedule_slots f
                   where f.schedule_id = s.id and f.outcome = 'fired' order by f.slot desc limit 20) f
       left join task_records r on r.id = f.task_instance_id
       left join workflow_instances i on i.id = f.workflow_instance_id
      where coalesce(r.status, i.status) in ('waiting', 'queued', 'pushed', 'running', 'retry'))
 order by b.slot
 limit $1
   for update of s skip locked`,
};

export interface BufferedSchedule extends DueSchedule {
  readonly slot: Date;
}

export function lockBuffered(
  q: Queryable,
  input: { limit: number; now?: Date | undefined },
): Promise<BufferedSchedule[]> {
  return q.query<BufferedSchedule>(lockBufferedStatement, [input.limit, input.now ?? null]);
}
