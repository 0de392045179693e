import type { Check } from '../check.js';

export const lostInstances: readonly Check[] = [
  {
    invariant: 'I1',
    name: 'live-instance-is-somewhere',
    holds: 'an instance that has not ended is in exactly one of queue, delayed, blocked, leases or open push jobs',
    sql: `
      select r.id, r.task_name, r.status, p.places
        from task_records r
       cross join lateral (
         select (select count(*) from task_queue q where q.id = r.id)
              + (select count(*) from task_delayed d where d.id = r.id)
              + (select count(*) from task_blocked b where b.id = r.id)
              + (select count(*) from task_leases l where l.id = r.id)
              + (select count(*) from push_jobs j
                  where j.task_instance_id = r.id and j.phase not in ('done', 'lost_final')) as places
       ) p
       where r.finished_at is null and r.status <> 'waiting' and p.places <> 1`,
  },
  {
    invariant: 'I1',
    name: 'ended-instance-is-nowhere',
    holds: 'an instance that has ended is neither queued, delayed, blocked, leased nor pushed',
    sql: `
      select x.id, x.place, r.status
        from (select id, 'queue' as place from task_queue
              union all select id, 'delayed' from task_delayed
              union all select id, 'blocked' from task_blocked
              union all select id, 'lease' from task_leases) x
        left join task_records r on r.id = x.id
       where r.id is null or r.finished_at is not null`,
  },
  {
    invariant: 'I1',
    name: 'running-workflow-has-something-to-wait-for',
    holds: 'a running workflow instance has a task that has not ended, or a change that is not yet applied',
    sql: `
      select w.id, w.workflow_name, w.nodes_done, w.nodes_total
        from workflow_instances w
       where w.status = 'running'
         and not exists (select from task_records r where r.workflow_instance_id = w.id and r.finished_at is null)
         and not exists (select from workflow_changes c where c.workflow_instance_id = w.id)`,
  },
  {
    invariant: 'I1',
    name: 'ended-workflow-has-no-live-task',
    holds: 'no task of an ended workflow instance is still to run or running',
    sql: `
      select w.id as workflow_instance_id, w.status as workflow_status, r.id, r.status
        from workflow_instances w join task_records r on r.workflow_instance_id = w.id
       where w.finished_at is not null and r.finished_at is null`,
  },
];
