import type { Check } from '../check.js';

export const limits: readonly Check[] = [
  {
    invariant: 'I4',
    name: 'task-concurrency-never-exceeded',
    holds: 'at no moment did more attempts of a Task run than its largest concurrency allowed',
    sql: `
      with limited as (
        select name as task_name, max((spec ->> 'concurrency')::int) as maximum
          from definition_versions where kind = 'task'
         group by name having count(*) = count(spec ->> 'concurrency')
      ), edges as (
        select r.task_name, a.leased_at as at, 1 as change from v_task_attempts a
          join task_records r on r.id = a.task_instance_id join limited using (task_name)
        union all
        select r.task_name, a.ended_at, -1 from v_task_attempts a
          join task_records r on r.id = a.task_instance_id join limited using (task_name)
         where a.ended_at is not null
      ), running as (
        select task_name, at, sum(change) over (partition by task_name order by at, change) as running from edges
      )
      select task_name, maximum, max(running) as most, min(at) filter (where running > maximum) as first_at
        from running join limited using (task_name)
       group by task_name, maximum having max(running) > maximum`,
  },
  {
    invariant: 'I4',
    name: 'workflow-concurrency-never-exceeded',
    holds: 'at no moment did more instances of a Workflow run than its largest concurrency allowed',
    sql: `
      with limited as (
        select name as workflow_name, max((spec ->> 'concurrency')::int) as maximum
          from definition_versions where kind = 'workflow'
         group by name having count(*) = count(spec ->> 'concurrency')
      ), edges as (
        select workflow_name, started_at as at, 1 as change from workflow_instances join limited using (workflow_name)
         where started_at is not null and run_number = 1
        union all
        select workflow_name, finished_at, -1 from workflow_instances join limited using (workflow_name)
         where started_at is not null and finished_at is not null and run_number = 1
      ), running as (
        select workflow_name, at, sum(change) over (partition by workflow_name order by at, change) as running from edges
      )
      select workflow_name, maximum, max(running) as most, min(at) filter (where running > maximum) as first_at
        from running join limited using (workflow_name)
       group by workflow_name, maximum having max(running) > maximum`,
  },
  {
    invariant: 'I4',
    name: 'limit-places-do-not-leak',
    holds: 'a place of a limit is held only by an instance that has not ended',
    sql: `
      select s.limit_key, s.slot_no, s.id, r.status, s.taken_at
        from limit_slots s left join task_records r on r.id = s.id
       where r.id is null or r.finished_at is not null`,
  },
];
