import type { Check } from '../check.js';

export const reasons: readonly Check[] = [
  {
    invariant: 'I7',
    name: 'terminal-task-has-reason',
    holds: 'an instance that did not succeed says why, and every ended instance says when',
    sql: `
      select id, task_name, status, reason, finished_at from task_records
       where status in ('success', 'failed', 'cancelled', 'dequeued', 'skipped')
         and (finished_at is null or (status <> 'success' and reason is null))`,
  },
  {
    invariant: 'I7',
    name: 'live-task-is-not-finished',
    holds: 'an instance with an end time has a terminal status',
    sql: `
      select id, task_name, status, finished_at from task_records
       where finished_at is not null and status not in ('success', 'failed', 'cancelled', 'dequeued', 'skipped')`,
  },
  {
    invariant: 'I7',
    name: 'terminal-workflow-has-reason',
    holds: 'a workflow instance that did not succeed says why, and every ended one says when',
    sql: `
      select id, workflow_name, status, reason, finished_at from workflow_instances
       where status in ('success', 'failed', 'cancelled', 'dequeued')
         and (finished_at is null or (status <> 'success' and reason is null))`,
  },
  {
    invariant: 'I7',
    name: 'terminal-state-has-event',
    holds: 'every ended instance has in its history the event that ended it',
    sql: `
      select r.id, r.task_name, r.status, r.reason
        from task_records r
       where r.status in ('success', 'failed', 'cancelled', 'dequeued', 'skipped')
         and not exists (select from task_attempts a where a.task_instance_id = r.id and a.next_status = r.status)
         and not exists (select from task_events e where e.task_instance_id = r.id and e.type = r.status)`,
  },
];
