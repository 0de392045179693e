import { OPEN_JOB, type Check } from '../check.js';

export const attempts: readonly Check[] = [
  {
    invariant: 'I3',
    name: 'attempts-contiguous',
    holds: 'the attempts of an instance, ended and running, are numbered 1, 2, 3 … without a gap and without a double',
    means: 'An attempt left no row, or two have one number: what it did is not on record.',
    sql: `
      with numbered as (
        select task_instance_id as id, attempt from task_attempts
        union all select id, attempt from task_leases
        union all select task_instance_id, attempt from push_jobs where ${OPEN_JOB}
      )
      select id, min(attempt) as first, max(attempt) as last, count(*) as rows
        from numbered group by id
      having min(attempt) <> 1 or max(attempt) <> count(*)`,
  },
  {
    invariant: 'I3',
    name: 'record-counts-its-attempts',
    holds: 'an instance says the number of its last attempt that has ended (of a pushed one, that has begun)',
    means: 'Its attempts were written without it, or it was changed without them; its retry budget is counted wrongly.',
    sql: `
      with last as (
        select id, max(attempt) as attempt
          from (select task_instance_id as id, attempt from task_attempts
                union all select task_instance_id, attempt from push_jobs where ${OPEN_JOB}) x
         group by id
      )
      select r.id, r.task_name, r.status, r.attempt, coalesce(l.attempt, 0) as last_attempt
        from task_records r left join last l on l.id = r.id
       where r.attempt <> coalesce(l.attempt, 0)`,
  },
  {
    invariant: 'I3',
    name: 'retries-within-budget',
    holds:
      'no more failed attempts than retries + 1 and no more lost ones than infra_retries + 1 for each run, counted rightly',
    means:
      'It was tried more often than its definition allows, or the failures that its budget counts are not those on record.',
    sql: `
      with ended as (
        select task_instance_id as id,
               count(*) filter (where outcome in ('failed', 'timeout') and next_status <> 'cancelled') as failures,
               count(*) filter (where outcome = 'lost' and next_status <> 'cancelled') as losses
          from task_attempts where outcome <> 'success' group by task_instance_id
      ), redrives as (
        select task_instance_id as id, count(*) as redrives
          from task_events where type = 'redriven' and task_instance_id is not null group by task_instance_id
      ), budget as (
        select id, name, coalesce((spec ->> 'retries')::integer, 0) as retries,
               coalesce((spec ->> 'infra_retries')::integer, 3) as infra_retries,
               max(coalesce((spec ->> 'retries')::integer, 0)) over (partition by name) as most_retries,
               max(coalesce((spec ->> 'infra_retries')::integer, 3)) over (partition by name) as most_infra_retries
          from definition_versions where kind = 'task'
      )
      select r.id, r.task_name, coalesce(e.failures, 0) as failures, r.failures as failures_counted, b.retries,
             coalesce(e.losses, 0) as losses, r.losses as losses_counted, b.infra_retries, coalesce(d.redrives, 0) as redrives
        from task_records r
        left join ended e on e.id = r.id
        left join redrives d on d.id = r.id
        join budget b on b.id = r.version_id
       where (e.id is not null or r.failures > 0 or r.losses > 0)
         and case when d.id is null
                  then r.failures <> coalesce(e.failures, 0) or r.losses <> coalesce(e.losses, 0)
                       or e.failures > b.retries + 1 or e.losses > b.infra_retries + 1
                  else r.failures > coalesce(e.failures, 0) or r.losses > coalesce(e.losses, 0)
                       or e.failures > (b.most_retries + 1) * (d.redrives + 1)
                       or e.losses > (b.most_infra_retries + 1) * (d.redrives + 1) end`,
  },
  {
    invariant: 'I3',
    name: 'attempts-one-after-the-other',
    holds:
      'an attempt begins after its instance was submitted and after the attempt before it has ended, and ends after that',
    means:
      'Two attempts of one instance ran at the same time, unless the clock of the database server was set back meanwhile.',
    sql: `
      select b.task_instance_id as id, b.attempt, b.leased_at, a.ended_at as ended_before, b.ended_at
        from v_task_attempts b
        join task_attempts a on a.task_instance_id = b.task_instance_id and a.attempt = b.attempt - 1
       where b.attempt > 1 and b.leased_at < a.ended_at
      union all
      select a.task_instance_id, a.attempt, a.leased_at, null, a.ended_at
        from task_attempts a where a.ended_at < a.leased_at
      union all
      select a.task_instance_id, a.attempt, a.leased_at, r.created_at, a.ended_at
        from v_task_attempts a join task_records r on r.id = a.task_instance_id
       where a.attempt = 1 and a.leased_at < r.created_at`,
  },
];
