import type { Queryable, Statement } from '../db.js';

/**
 * What is left open of the newest 20 runs that each of these schedules fired, and how many slots it has buffered.
 *
 * Locks: none. Index: schedule_slots_fired, schedule_slots_buffered, primary keys. Idempotent: reads only.
 * Caller: the scheduler, for schedules whose policy forbids overlap, while it holds their rows.
 */
export const openRunsStatement: Statement = {
  name: 'schedule_open_runs',
  text: `
select u.id as schedule_id,
       (select count(*)::integer from schedule_slots b where b.schedule_id = u.id and b.outcome = 'buffered') as buffered,
       coalesce(o.tasks, '{}') as tasks, coalesce(o.workflows, '{}') as workflows
  from unnest($1::bigint[]) u (id)
 cross join lateral (
   select array_agg(r.id::text) filter (where r.id is not null) as tasks,
          array_agg(i.id::text) filter (where i.id is not null) as workflows
     from (select task_instance_id, workflow_instance_id from schedule_slots s
            where s.schedule_id = u.id and s.outcome = 'fired' order by s.slot desc limit 20) f
     left join task_records r on r.id = f.task_instance_id
     left join workflow_instances i on i.id = f.workflow_instance_id
    where coalesce(r.status, i.status) in ('waiting', 'queued', 'pushed', 'running', 'retry')) o`,
};

export interface OpenRuns {
  readonly schedule_id: string;
  readonly buffered: number;
  readonly tasks: string[];
  readonly workflows: string[];
}

export function openRuns(q: Queryable, scheduleIds: readonly string[]): Promise<OpenRuns[]> {
  return q.query<OpenRuns>(openRunsStatement, [scheduleIds]);
}
