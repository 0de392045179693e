import type { Check } from '../check.js';

export const slots: readonly Check[] = [
  {
    invariant: 'I5',
    name: 'one-instance-per-slot',
    holds: 'no two instances were made for one slot of one schedule',
    sql: `
      select schedule_id, scheduled_for, count(*) as instances, array_agg(id) as ids
        from (select schedule_id, scheduled_for, 'task ' || id as id from task_records
               where schedule_id is not null and scheduled_for is not null and workflow_instance_id is null
              union all
              select schedule_id, scheduled_for, 'workflow ' || id from workflow_instances
               where schedule_id is not null and scheduled_for is not null) x
       group by schedule_id, scheduled_for having count(*) > 1`,
  },
  {
    invariant: 'I5',
    name: 'fired-slot-has-its-instance',
    holds: 'every fired slot names the one instance that was made for it',
    sql: `
      select s.schedule_id, s.slot, s.task_instance_id, s.workflow_instance_id
        from schedule_slots s
        left join task_records t on t.id = s.task_instance_id and t.schedule_id = s.schedule_id and t.scheduled_for = s.slot
        left join workflow_instances w
          on w.id = s.workflow_instance_id and w.schedule_id = s.schedule_id and w.scheduled_for = s.slot
       where s.outcome = 'fired' and t.id is null and w.id is null`,
  },
  {
    invariant: 'I5',
    name: 'scheduled-instance-has-its-slot',
    holds: 'an instance that a schedule made has a row among the slots',
    sql: `
      select x.kind, x.id, x.schedule_id, x.scheduled_for
        from (select 'task' as kind, id, schedule_id, scheduled_for from task_records
               where schedule_id is not null and workflow_instance_id is null
              union all
              select 'workflow', id, schedule_id, scheduled_for from workflow_instances where schedule_id is not null) x
        left join schedule_slots s on s.schedule_id = x.schedule_id and s.slot = x.scheduled_for
       where s.schedule_id is null`,
  },
];
