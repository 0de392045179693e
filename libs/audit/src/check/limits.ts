import { OPEN_JOB, type Check } from '../check.js';

/** The most that each limit has ever allowed: a maximum may be raised and lowered while instances of both times live. */
const MAXIMA = `
  maxima as (
    select key, max(maximum) as maximum
      from (select k.key, k.maximum from task_records r
             cross join lateral unnest(r.limit_keys, r.limit_maxima) k (key, maximum) where r.limit_keys is not null
            union all
            select 'task:' || name, (spec ->> 'concurrency')::integer from definition_versions
             where kind = 'task' and spec ->> 'concurrency' is not null) x
     group by key
  )`;

export const limits: readonly Check[] = [
  {
    invariant: 'I4',
    name: 'limit-never-exceeded',
    holds: 'at no moment of all history did more attempts run under one limit than the largest maximum it ever had',
    means:
      'More ran at once than the limit allows. `ids` ran at `first_at`; what the limit protects may have been overrun.',
    sql: `
      with ${MAXIMA}, limited as (
        select k.key, r.id from task_records r cross join lateral unnest(r.limit_keys) k (key) where r.limit_keys is not null
      ), spans as (
        select l.key, a.task_instance_id as id, a.leased_at, a.ended_at
          from limited l join v_task_attempts a on a.task_instance_id = l.id
      ), edges as (
        select key, leased_at as at, 1 as change from spans
        union all select key, ended_at, -1 from spans where ended_at is not null
      ), running as (
        select key, at, sum(change) over (partition by key order by at, change) as running from edges
      ), exceeded as (
        select r.key, m.maximum, max(r.running) as most, min(r.at) filter (where r.running > m.maximum) as first_at
          from running r join maxima m using (key)
         group by r.key, m.maximum having max(r.running) > m.maximum
      )
      select x.key as limit_key, x.maximum, x.most, x.first_at,
             (select (array_agg(s.id order by s.id))[1:10] from spans s
               where s.key = x.key and s.leased_at <= x.first_at and coalesce(s.ended_at > x.first_at, true)) as ids
        from exceeded x`,
  },
  {
    invariant: 'I4',
    name: 'limited-instance-carries-its-limit',
    holds: 'every instance of a Task with concurrency carries the key of that limit',
    means: 'It ran past the limit of its Task, which counts only those that carry its key.',
    sql: `
      select r.id, r.task_name, r.status, r.limit_keys, v.spec -> 'concurrency' as concurrency
        from definition_versions v join task_records r on r.version_id = v.id
       where v.kind = 'task' and v.spec ->> 'concurrency' is not null and r.status <> 'skipped'
         and ('task:' || v.name) <> all (coalesce(r.limit_keys, '{}'))
         and not exists (select from task_events e where e.task_instance_id = r.id and e.type = 'redriven')`,
  },
  {
    invariant: 'I4',
    name: 'workflow-concurrency-never-exceeded',
    holds:
      'at no moment did more instances of a Workflow run than the largest concurrency it ever had, re-runs included',
    means: 'More runs went on at once than the Workflow allows, from `first_at` on.',
    sql: `
      with limited as (
        select name as workflow_name, max((spec ->> 'concurrency')::integer) as maximum
          from definition_versions where kind = 'workflow'
         group by name having count(*) = count(spec ->> 'concurrency')
      ), spans as (
        select w.workflow_name, e.workflow_instance_id as id, e.type, e.at,
               lead(e.at) over (partition by e.workflow_instance_id order by e.id) as until
          from task_events e
          join workflow_instances w on w.id = e.workflow_instance_id
          join limited l on l.workflow_name = w.workflow_name
         where e.task_instance_id is null and e.type in ('started', 'success', 'failed', 'cancelled', 'dequeued')
      ), edges as (
        select workflow_name, at, 1 as change from spans where type = 'started'
        union all select workflow_name, until, -1 from spans where type = 'started' and until is not null
      ), running as (
        select workflow_name, at, sum(change) over (partition by workflow_name order by at, change) as running from edges
      )
      select r.workflow_name, l.maximum, max(r.running) as most, min(r.at) filter (where r.running > l.maximum) as first_at
        from running r join limited l using (workflow_name)
       group by r.workflow_name, l.maximum having max(r.running) > l.maximum`,
  },
  {
    invariant: 'I4',
    name: 'limit-places-do-not-leak',
    holds: 'a place of a limit is held only by an instance that has not ended and is under that limit',
    means: 'The limit is smaller than it says, for ever, until the row of limit_slots is deleted.',
    sql: `
      select s.limit_key, s.slot_no, s.id, r.status, r.limit_keys, s.taken_at
        from limit_slots s left join task_records r on r.id = s.id
       where r.id is null or r.finished_at is not null or s.limit_key <> all (coalesce(r.limit_keys, '{}'))`,
  },
  {
    invariant: 'I4',
    name: 'admitted-instance-holds-its-places',
    holds:
      'an instance under limits that is queued, leased or pushed holds one place of each, and no limit has more than its maximum',
    means: 'It runs, or is about to, without being counted (or counted twice): the limit can be exceeded.',
    sql: `
      with ${MAXIMA}, admitted as (
        select id from task_queue union all select id from task_leases
        union all select task_instance_id from push_jobs where ${OPEN_JOB}
      )
      select r.id, r.task_name, k.key as limit_key, count(s.id) as places, 1::bigint as wanted
        from admitted a
        join task_records r on r.id = a.id and r.limit_keys is not null
       cross join lateral unnest(r.limit_keys) k (key)
        left join limit_slots s on s.id = r.id and s.limit_key = k.key
       group by r.id, k.key having count(s.id) <> 1
      union all
      select null, null, s.limit_key, count(*), m.maximum
        from limit_slots s join maxima m on m.key = s.limit_key
       group by s.limit_key, m.maximum having count(*) > m.maximum`,
  },
];
