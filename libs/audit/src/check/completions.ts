import { TASK_ENDS, type Check } from '../check.js';

export const completions: readonly Check[] = [
  {
    invariant: 'I2',
    name: 'one-end-per-run',
    holds: 'an instance has ended once for each time that it was submitted or run again, and not before it has ended',
    means:
      'More than one completion was accepted, or one was accepted and the instance went on: two workers may have done its work.',
    sql: `
      with ${TASK_ENDS}
      select r.id, r.task_name, r.status, r.finished_at, e.ends, coalesce(d.redrives, 0) as redrives
        from ends e
        join task_records r on r.id = e.id
        left join redrives d on d.id = e.id
       where e.ends > coalesce(d.redrives, 0) + case when r.finished_at is null then 0 else 1 end`,
  },
  {
    invariant: 'I2',
    name: 'record-agrees-with-last-attempt',
    holds: 'an instance that ended by an attempt has the status that its last attempt gave it',
    means:
      'The status that users see is not what the worker reported: one of the two rows was written by somebody else.',
    sql: `
      select r.id, r.task_name, r.status, a.attempt, a.outcome, a.next_status, a.worker
        from task_records r
        join task_attempts a on a.task_instance_id = r.id and a.attempt = r.attempt
       where r.finished_at is not null and a.next_status <> r.status
         and not exists (select from task_events e where e.task_instance_id = r.id and e.type = r.status)`,
  },
  {
    invariant: 'I2',
    name: 'success-has-its-attempt',
    holds: 'an instance that ended as success has a successful attempt, its last',
    means: 'It is told as done and no worker ever said so: its work may not have been done.',
    sql: `
      select r.id, r.task_name, r.attempt, r.worker, r.finished_at, a.outcome
        from task_records r
        left join task_attempts a on a.task_instance_id = r.id and a.attempt = r.attempt
       where r.status = 'success' and a.outcome is distinct from 'success'`,
  },
  {
    invariant: 'I2',
    name: 'outcome-agrees-with-what-followed',
    holds: 'a successful attempt ends its instance as success, and no other does',
    means: 'A failed or lost attempt was taken for a success, or a success was followed by another try.',
    sql: `
      select task_instance_id as id, attempt, outcome, next_status, worker, ended_at
        from task_attempts
       where (outcome = 'success') <> (next_status = 'success')
          or next_status not in ('success', 'retry', 'failed', 'cancelled')`,
  },
  {
    invariant: 'I2',
    name: 'one-attempt-per-lease',
    holds: 'a fencing token belongs to one attempt',
    means:
      'Two attempts share a token, so that the completion of one is accepted for the other. Was lease_ids set back by a restore?',
    sql: `
      select lease_id, count(*) as attempts, (array_agg(id order by id))[1:5] as ids
        from (select lease_id, task_instance_id as id from task_attempts where lease_id is not null
              union all select lease_id, id from task_leases) x
       group by lease_id having count(*) > 1`,
  },
];
