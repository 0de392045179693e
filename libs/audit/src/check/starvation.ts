import { OPEN_JOB, type Check } from '../check.js';

/** An elected scheduler that has had this long to do its duties; without one nothing moves, which `doctor` says by itself. */
const scheduled = (seconds: number): string => `
  exists (select from leadership where lease_until > now() and elected_at < now() - interval '${seconds} s')`;

export const starvation: readonly Check[] = [
  {
    invariant: 'I9',
    name: 'ready-work-is-taken',
    holds: 'nothing has been ready for 10 s while a live worker that matches it had a free slot all that time',
    means:
      'Work waits beside an idle worker: look at the log of the api that this worker is connected to (worker_sessions.api).',
    sql: `
      with busy as materialized (
        select session_id, count(*) as held
          from (select session_id from task_leases
                union all
                select session_id from task_attempts where ended_at > now() - interval '10 s' and session_id is not null) x
         group by session_id
      ), idle as materialized (
        select w.*, coalesce(b.held, 0) as held from worker_sessions w left join busy b on b.session_id = w.id
         where w.closed_at is null and w.draining_at is null and w.lease_until > now()
           and w.connected_at < now() - interval '10 s' and coalesce(b.held, 0) < w.slots
      ), lane as materialized (
        select n.id, n.queue, n.task_name, s.worker, s.slots, s.held
          from lanes n
         cross join lateral (
           select s.* from idle s
            where n.queue = any (s.queues) and (s.tasks = '{}' or n.task_name = any (s.tasks))
              and n.handler = any (s.handlers) and s.labels @> n.labels
            order by s.id limit 1) s
         where n.destination is null
      )
      select q.id, n.queue, n.task_name, x.ready_at, n.worker, n.slots, n.held
        from lane n
        join task_queue q on q.lane_id = n.id
        join task_records r on r.id = q.id and greatest(r.run_at, r.created_at) < now() - interval '10 s'
       cross join lateral (
         select greatest(r.run_at, r.created_at,
                  (select max(a.ended_at) from task_attempts a where a.task_instance_id = q.id and a.attempt = q.attempt),
                  to_timestamp((q.rank - case r.priority when 'critical' then -86400000 when 'high' then -3600000
                                                         when 'low' then 3600000 else 0 end) / 1000.0),
                  (select max(s.taken_at) from limit_slots s where s.id = q.id),
                  (select max(e.at) from task_events e where e.task_instance_id = q.id)) as ready_at) x
       where x.ready_at < now() - interval '10 s'`,
  },
  {
    invariant: 'I9',
    name: 'ready-push-is-taken',
    holds: 'nothing has been ready for 30 s while its destination is held, open, not paused and not full',
    means: 'The pusher holds the destination and takes nothing: look at its log.',
    sql: `
      select q.id, n.task_name, d.name as destination, d.lease_owner, o.open, d.max_in_flight
        from push_destinations d
       cross join lateral (select count(*) as open from push_jobs j where j.destination = d.name and j.${OPEN_JOB}) o
        join lanes n on n.destination = d.name
        join task_queue q on q.lane_id = n.id
        join task_records r on r.id = q.id and greatest(r.run_at, r.created_at) < now() - interval '30 s'
       where d.lease_until > now() and not d.paused and coalesce(d.state ->> 'breaker', 'closed') = 'closed'
         and o.open < d.max_in_flight
         and not exists (select from push_jobs j where j.destination = d.name and j.created_at > now() - interval '30 s')
         and not exists (select from task_attempts a where a.task_instance_id = q.id and a.ended_at > now() - interval '30 s')
         and not exists (select from task_events e where e.task_instance_id = q.id and e.at > now() - interval '30 s')`,
  },
  {
    invariant: 'I9',
    name: 'due-work-is-moved',
    holds: 'nothing stays among the delayed for 15 s after it fell due, where a scheduler is elected',
    means:
      'Retries and deferred work do not start: look at the log of the elected scheduler (taskflow doctor names it).',
    sql: `
      select d.id, d.due_at, r.task_name, r.status from task_delayed d left join task_records r on r.id = d.id
       where d.due_at < now() - interval '15 s' and ${scheduled(15)}`,
  },
  {
    invariant: 'I9',
    name: 'free-places-are-given-away',
    holds: 'nobody waits for 30 s for a limit that has free places, where a scheduler is elected',
    means: 'Work waits for a limit that is not used up.',
    sql: `
      with waiting as materialized (
        select distinct on (b.limit_key) b.limit_key, b.id, r.task_name, r.limit_keys, r.limit_maxima
          from task_blocked b join task_records r on r.id = b.id
         where greatest(r.created_at, r.run_at) < now() - interval '30 s'
         order by b.limit_key, b.rank, b.id
      )
      select w.limit_key, w.id, w.task_name, w.limit_keys, w.limit_maxima
        from waiting w
       where ${scheduled(30)}
         and not exists (select from task_attempts a where a.task_instance_id = w.id and a.ended_at > now() - interval '30 s')
         and not exists (select from limit_slots s where s.limit_key = any (w.limit_keys) and s.taken_at > now() - interval '30 s')
         and not exists (
           select from unnest(w.limit_keys, w.limit_maxima) k (key, maximum)
             left join tasks t on 'task:' || t.name = k.key
            where (select count(*) from limit_slots s where s.limit_key = k.key)
                  >= least(k.maximum, coalesce(t.concurrency, k.maximum)))
         and not exists (
           select from task_attempts a join task_records o on o.id = a.task_instance_id
            where a.ended_at > now() - interval '30 s' and o.limit_keys && w.limit_keys)`,
  },
  {
    invariant: 'I9',
    name: 'due-workflow-is-started',
    holds:
      'no run that is due waits for 30 s while its Workflow has room and nothing else is started, where a scheduler is elected',
    means: 'Runs do not start: look at the log of the elected scheduler.',
    sql: `
      select w.id, w.workflow_name, w.run_at, d.concurrency
        from workflow_instances w join workflows d on d.name = w.workflow_name
       where w.status = 'queued' and greatest(w.run_at, w.created_at) < now() - interval '30 s' and ${scheduled(30)}
         and (d.concurrency is null or d.concurrency > (
               select count(*) from workflow_instances o where o.status = 'running' and o.workflow_name = w.workflow_name))
         and not exists (select from workflow_instances o where o.status = 'running' and o.started_at > now() - interval '30 s')
         and not exists (select from workflow_instances o where o.workflow_name = w.workflow_name and o.finished_at > now() - interval '30 s')`,
  },
  {
    invariant: 'I9',
    name: 'ended-task-moves-its-workflow',
    holds: 'what has ended in a run is applied within 60 s, where a scheduler is elected',
    means: 'Workflows do not go on: look at the log of the elected scheduler.',
    sql: `
      select c.id as change, c.workflow_instance_id, c.task_instance_id, r.node_key, r.status, r.finished_at
        from workflow_changes c
        join task_records r on r.id = c.task_instance_id
       where r.finished_at < now() - interval '60 s' and ${scheduled(60)}`,
  },
  {
    invariant: 'I9',
    name: 'met-node-is-started',
    holds:
      'in a run that goes on, a task whose dependencies all succeeded 10 s ago exists, unless a change is still to be applied',
    means: 'A branch of the run hangs while others go on. `taskflow run cancel` it, then `taskflow run retry`.',
    sql: `
      select w.id as workflow_instance_id, w.workflow_name, n ->> 'key' as node_key, max(d.finished_at) as met_since
        from workflow_instances w
        join definition_versions v on v.id = w.version_id
       cross join lateral jsonb_array_elements(v.spec -> 'tasks') n
       cross join lateral jsonb_array_elements_text(coalesce(n -> 'depends_on', '[]')) p (dep)
        left join task_records d on d.workflow_instance_id = w.id and d.node_key = p.dep and d.status = 'success'
       where w.status = 'running' and not w.failing and w.cancel_requested_at is null
         and coalesce(n ->> 'trigger', 'all_success') = 'all_success'
         and not exists (select from workflow_changes c where c.workflow_instance_id = w.id)
         and not exists (select from task_records r where r.workflow_instance_id = w.id and r.node_key = n ->> 'key')
       group by w.id, w.workflow_name, n ->> 'key'
      having count(*) = count(d.id) and max(d.finished_at) < now() - interval '10 s'`,
  },
  {
    invariant: 'I9',
    name: 'due-schedule-is-decided',
    holds: 'no slot is due for 30 s without being decided, where a scheduler is elected',
    means: 'Nothing recurs: look at the log of the elected scheduler for this schedule.',
    sql: `
      select id as schedule_id, kind, target_name, next_at, high_water from schedules
       where active and next_at < now() - interval '30 s' and ${scheduled(30)}`,
  },
  {
    invariant: 'I9',
    name: 'dead-worker-holds-nothing',
    holds: 'no lease is held for 30 s by a session that has ended, where a scheduler is elected',
    means: 'The work of a dead worker is not given to another one.',
    sql: `
      select l.id, l.attempt, l.session_id, s.worker, s.lease_until, s.closed_at
        from task_leases l left join worker_sessions s on s.id = l.session_id
       where (s.id is null or s.lease_until < now() - interval '30 s' or s.closed_at < now() - interval '30 s')
         and ${scheduled(30)}`,
  },
];
