import type { Check } from '../check.js';

export const attempts: readonly Check[] = [
  {
    invariant: 'I3',
    name: 'attempts-contiguous',
    holds: 'the attempts of an instance are numbered 1, 2, 3 … without a gap',
    sql: `
      select task_instance_id as id, min(attempt) as first, max(attempt) as last, count(*) as rows
        from v_task_attempts
       group by task_instance_id
      having min(attempt) <> 1 or max(attempt) <> count(*)`,
  },
  {
    invariant: 'I3',
    name: 'retries-within-budget',
    holds: 'no more failed attempts than retries + 1, no more lost ones than infra_retries + 1, for each run',
    sql: `
      with ended as (
        select task_instance_id as id,
               count(*) filter (where outcome in ('failed', 'timeout')) as failures,
               count(*) filter (where outcome = 'lost') as losses
          from task_attempts where outcome <> 'success' group by task_instance_id
      )
      select e.id, r.task_name, e.failures, e.losses, v.spec -> 'retries' as retries,
             v.spec -> 'infra_retries' as infra_retries, n.redrives
        from ended e
        join task_records r on r.id = e.id
        join definition_versions v on v.id = r.version_id
       cross join lateral (select count(*) as redrives from task_events x
                            where x.task_instance_id = e.id and x.type = 'redriven') n
       where e.failures > (coalesce((v.spec ->> 'retries')::int, 0) + 1) * (n.redrives + 1)
          or e.losses > (coalesce((v.spec ->> 'infra_retries')::int, 3) + 1) * (n.redrives + 1)`,
  },
];
