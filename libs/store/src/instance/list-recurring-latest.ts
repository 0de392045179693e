import type { Queryable, Statement } from '../db.js';

/**
 * Every Task and Workflow that has a schedule, with the newest instance that a schedule made of it.
 *
 * Locks: none. Index: schedule_slots (schedule_id, slot) backwards to the last one that fired, primary keys. Idempotent: reads
 * only. Caller: the api.
 */
export const listRecurringLatestStatement: Statement = {
  name: 'instance_list_recurring_latest',
  text: `
select distinct on (s.kind, s.target_name)
       s.kind, s.target_name as name, coalesce(f.task_instance_id, f.workflow_instance_id) as instance_id,
       coalesce(t.status, w.status) as status, f.slot as scheduled_for, coalesce(t.finished_at, w.finished_at) as finished_at,
       min(s.next_at) over (partition by s.kind, s.target_name) as next_at
  from schedules s
  left join lateral (
    select c.slot, c.task_instance_id, c.workflow_instance_id from schedule_slots c
     where c.schedule_id = s.id and coalesce(c.task_instance_id, c.workflow_instance_id) is not null
     order by c.slot desc limit 1) f on true
  left join lateral (
    select case when l.id is null then r.status else 'running' end as status, r.finished_at
      from task_records r left join task_leases l on l.id = r.id
     where r.id = f.task_instance_id) t on true
  left join workflow_instances w on w.id = f.workflow_instance_id
 where s.active
 order by s.kind, s.target_name, f.slot desc nulls last`,
};

export interface RecurringRow {
  readonly kind: 'task' | 'workflow';
  readonly name: string;
  /** Null when none was made yet. */
  readonly instance_id: string | null;
  readonly status: string | null;
  readonly scheduled_for: Date | null;
  readonly finished_at: Date | null;
  readonly next_at: Date | null;
}

export function listRecurringRows(q: Queryable): Promise<RecurringRow[]> {
  return q.query<RecurringRow>(listRecurringLatestStatement);
}
