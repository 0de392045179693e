import type { Check } from '../check.js';

export const completions: readonly Check[] = [
  {
    invariant: 'I2',
    name: 'one-success-per-run',
    holds: 'an instance has at most one successful attempt for each time it was submitted or run again',
    sql: `
      select a.task_instance_id as id, count(*) as successes
        from task_attempts a
       where a.outcome = 'success'
       group by a.task_instance_id
      having count(*) > 1 + (select count(*) from task_events e
                              where e.task_instance_id = a.task_instance_id and e.type = 'redriven')`,
  },
  {
    invariant: 'I2',
    name: 'record-agrees-with-last-attempt',
    holds: 'an instance that ended by an attempt has the status that its last attempt gave it',
    sql: `
      select r.id, r.status, a.attempt, a.outcome, a.next_status
        from task_records r
        join task_attempts a on a.task_instance_id = r.id and a.attempt = r.attempt
       where r.status in ('success', 'failed') and a.next_status <> r.status`,
  },
  {
    invariant: 'I2',
    name: 'success-has-its-attempt',
    holds: 'an instance that ended as success has a successful attempt, its last',
    sql: `
      select r.id, r.task_name, r.attempt
        from task_records r
        left join task_attempts a on a.task_instance_id = r.id and a.attempt = r.attempt
       where r.status = 'success' and (a.outcome is null or a.outcome <> 'success')`,
  },
];
