import type { Check } from '../check.js';

export const slots: readonly Check[] = [
  {
    invariant: 'I5',
    name: 'one-row-per-slot',
    holds: 'a slot of a schedule has one row',
    means: 'The primary key of schedule_slots is gone or broken (a restore?): slots can fire twice.',
    sql: `
      select schedule_id, slot, count(*) as rows, array_agg(outcome) as outcomes
        from schedule_slots group by schedule_id, slot having count(*) > 1`,
  },
  {
    invariant: 'I5',
    name: 'one-instance-per-slot',
    holds: 'no two instances were made for one slot of one schedule',
    means: 'A slot fired twice: what it does was done twice.',
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
    holds: 'every fired slot names the one instance that was made for it, and no other slot names any',
    means: 'A slot is told as fired and nothing ran for it, or something ran that the slot does not admit.',
    sql: `
      select s.schedule_id, s.slot, s.outcome, s.reason, s.task_instance_id, s.workflow_instance_id
        from schedule_slots s
        left join task_records t on t.id = s.task_instance_id and t.schedule_id = s.schedule_id and t.scheduled_for = s.slot
        left join workflow_instances w
          on w.id = s.workflow_instance_id and w.schedule_id = s.schedule_id and w.scheduled_for = s.slot
       where case when s.outcome = 'fired' then t.id is null and w.id is null
                  else s.task_instance_id is not null or s.workflow_instance_id is not null end`,
  },
  {
    invariant: 'I5',
    name: 'scheduled-instance-has-its-slot',
    holds: 'an instance that a schedule made is named by the fired row of its slot',
    means: 'Something ran on a schedule without its slot: the slot can fire again.',
    sql: `
      select x.kind, x.id, x.schedule_id, x.scheduled_for, s.outcome
        from (select 'task' as kind, id, schedule_id, scheduled_for from task_records
               where schedule_id is not null and workflow_instance_id is null
              union all
              select 'workflow', id, schedule_id, scheduled_for from workflow_instances where schedule_id is not null) x
        left join schedule_slots s on s.schedule_id = x.schedule_id and s.slot = x.scheduled_for
       where s.outcome is distinct from 'fired'
          or x.id is distinct from case x.kind when 'task' then s.task_instance_id else s.workflow_instance_id end`,
  },
  {
    invariant: 'I5',
    name: 'slot-is-not-beyond-the-mark',
    holds: 'no slot is decided beyond the high-water mark of its schedule',
    means: 'The mark was set back (a restore?), or a slot fired before its time.',
    sql: `
      select s.schedule_id, c.kind, c.target_name, s.slot, s.outcome, c.high_water
        from schedules c join schedule_slots s on s.schedule_id = c.id and s.slot > c.high_water
       where s.slot > c.updated_at`,
  },
  {
    invariant: 'I5',
    name: 'no-interval-slot-is-missing',
    holds: 'of the last day (at most 10,000 slots), every slot of an `every` schedule since its last edit has its row',
    means: 'A slot is past and was never decided: what it was to run has not run.',
    sql: `
      with spec as (
        select c.id, c.kind, c.target_name, c.spec, c.high_water, c.updated_at,
               coalesce(extract(epoch from (c.spec ->> 'anchor')::timestamptz), 0) as anchor,
               (select sum(m[1]::numeric * case m[2] when 'ms' then 0.001 when 's' then 1 when 'm' then 60 when 'h' then 3600
                                           else 86400 end)
                  from regexp_matches(c.spec ->> 'every', '(\\d+)(ms|s|m|h|d)', 'g') m) as step
          from schedules c
         where c.active and c.spec ? 'every' and not c.spec ? 'start_date' and not c.spec ? 'end_date'
      ), due as (
        select s.id, s.kind, s.target_name, to_timestamp(s.anchor + n * s.step) as slot, s.updated_at
          from spec s
         cross join lateral generate_series(
           ceil((extract(epoch from greatest(s.updated_at, s.high_water - interval '1 day',
                                             s.high_water - 10000 * s.step * interval '1 s')) - s.anchor) / s.step)::bigint,
           floor((extract(epoch from s.high_water) - s.anchor) / s.step)::bigint) n
      )
      select d.id as schedule_id, d.kind, d.target_name, d.slot
        from due d
       where d.slot > d.updated_at
         and not exists (select from schedule_slots s where s.schedule_id = d.id and s.slot = d.slot)`,
  },
  {
    invariant: 'I5',
    name: 'no-cron-slot-is-missing',
    holds:
      'of the last day, every slot of a cron in UTC (numbers, lists, ranges, steps) since its last edit has its row',
    means: 'A slot is past and was never decided: what it was to run has not run.',
    sql: `
      with cron as materialized (
        select c.id, c.kind, c.target_name, c.high_water, c.updated_at,
               regexp_split_to_array(c.spec ->> 'cron', '\\s+') as fields
          from schedules c
         where c.active and c.spec ->> 'timezone' = 'UTC' and not c.spec ? 'start_date' and not c.spec ? 'end_date'
           and c.spec ->> 'cron' ~ '^[-0-9*,/]+(\\s+[-0-9*,/]+){4}$'
           and (split_part(c.spec ->> 'cron', ' ', 3) = '*' or split_part(c.spec ->> 'cron', ' ', 5) = '*')
      ), field as (
        select c.id, f.place,
               array_agg(v.value) as allowed
          from cron c
         cross join lateral unnest(c.fields) with ordinality f (text, place)
         cross join lateral regexp_split_to_table(f.text, ',') p (part)
         cross join lateral (
           select split_part(p.part, '/', 1) as range, nullif(split_part(p.part, '/', 2), '')::integer as step,
                  (array[0, 0, 1, 1, 0])[f.place] as lowest, (array[59, 23, 31, 12, 7])[f.place] as highest) x
         cross join lateral generate_series(
           case when x.range = '*' then x.lowest else split_part(x.range, '-', 1)::integer end,
           case when x.range = '*' then x.highest
                when x.range like '%-%' then split_part(x.range, '-', 2)::integer
                when x.step is not null then x.highest
                else x.range::integer end,
           coalesce(x.step, 1)) v (value)
         group by c.id, f.place
      ), matcher as materialized (
        select c.id, c.kind, c.target_name, c.high_water, c.updated_at,
               (select allowed from field where id = c.id and place = 1) as minutes,
               (select allowed from field where id = c.id and place = 2) as hours,
               (select allowed from field where id = c.id and place = 3) as days,
               (select allowed from field where id = c.id and place = 4) as months,
               (select allowed from field where id = c.id and place = 5) as weekdays
          from cron c
      ), minute as materialized (
        select at, extract(minute from at at time zone 'UTC')::integer as minute,
               extract(hour from at at time zone 'UTC')::integer as hour,
               extract(day from at at time zone 'UTC')::integer as day,
               extract(month from at at time zone 'UTC')::integer as month,
               extract(dow from at at time zone 'UTC')::integer as weekday
          from generate_series(date_trunc('minute', now() - interval '1 day'), now(), interval '1 minute') at
      )
      select m.id as schedule_id, m.kind, m.target_name, t.at as slot
        from matcher m
        join minute t on t.at > greatest(m.updated_at, now() - interval '1 day') and t.at <= m.high_water
         and t.minute = any (m.minutes) and t.hour = any (m.hours) and t.day = any (m.days) and t.month = any (m.months)
         and (t.weekday = any (m.weekdays) or t.weekday = 0 and 7 = any (m.weekdays))
        left join schedule_slots s on s.schedule_id = m.id and s.slot = t.at
       where s.schedule_id is null`,
  },
];
