import type { Check } from '../check.js';

export const pushJobs: readonly Check[] = [
  {
    invariant: 'I8',
    name: 'no-job-after-the-end',
    holds: 'no push job is open for an instance that has ended',
    sql: `
      select j.id, j.task_instance_id, j.attempt, j.destination, j.phase, r.status
        from push_jobs j join task_records r on r.id = j.task_instance_id
       where j.phase not in ('done', 'lost_final') and r.finished_at is not null`,
  },
  {
    invariant: 'I8',
    name: 'one-open-job-per-instance',
    holds: 'an instance has at most one open push job, that of its current attempt',
    sql: `
      select j.task_instance_id as id, count(*) as open, max(j.attempt) as last, r.attempt
        from push_jobs j join task_records r on r.id = j.task_instance_id
       where j.phase not in ('done', 'lost_final')
       group by j.task_instance_id, r.attempt having count(*) > 1 or max(j.attempt) <> r.attempt`,
  },
];
