import type pg from 'pg';

export interface HistorySize {
  /** Task instances, of which 95% have ended; from 20,000 on. */
  readonly instances: number;
}

/**
 * Fills an empty database, by a few statements, with a sound history as weeks of use leave it: a quarter of the instances are
 * of workflow runs (five tasks each, some failed), the others single ones: retried, lost, cancelled, pushed, limited,
 * scheduled; a twentieth is queued, delayed, blocked or leased. A million takes about a minute. Triggers and foreign keys are
 * not looked at.
 */
export async function fillHistory(client: Pick<pg.ClientBase, 'query'>, { instances }: HistorySize): Promise<void> {
  const nodes = Math.floor(instances / 4 / 500) * 500;
  const sizes = { N: instances, NODES: nodes, RUNS: nodes / 5, LIVE: instances - Math.floor(instances / 20) };
  await client.query(`set session_replication_role = replica; set synchronous_commit = off`);
  for (const statement of STATEMENTS) {
    await client.query(
      statement.replace(/:(NODES|RUNS|LIVE|N)\b/g, (_, name: keyof typeof sizes) => String(sizes[name])),
    );
  }
  await client.query(`reset session_replication_role; reset synchronous_commit`);
  await client.query(`vacuum analyze`);
}

/** When instance n was submitted. */
const AT = (n: string) => `date_trunc('second', now()) - interval '47 h' + ${n} * (interval '46 h' / :N)`;
const TRACE = (seed: string) => `'00-' || md5(${seed}) || '-' || left(md5(${seed}), 16) || '-01'`;

const STATEMENTS = [
  `insert into definition_versions (id, kind, name, hash, spec) overriding system value
     select n, 'task', 'task' || n, 'h' || n, '{"retries": 1, "infra_retries": 3}'::jsonb from generate_series(1, 20) n
     union all select 21, 'task', 'limited', 'h21', '{"retries": 1, "infra_retries": 3, "concurrency": 1000}'
     union all select 22, 'task', 'pushed', 'h22', '{"retries": 1, "infra_retries": 3}'
     union all select 23, 'workflow', 'flow', 'h23', '{"concurrency": 100000, "tasks": [{"key": "a"}, {"key": "b", "depends_on": ["a"]},
       {"key": "c", "depends_on": ["a"]}, {"key": "d", "depends_on": ["b", "c"]}, {"key": "e", "depends_on": ["d"], "trigger": "none_failed"}]}'`,
  `insert into lanes (id, queue, task_name, handler, destination) overriding system value
     select n, 'q' || n % 5, 'task' || n, 'task' || n, null from generate_series(1, 20) n
     union all values (21, 'q1', 'limited', 'limited', null), (22, 'q1', 'pushed', 'pushed', 'outside')`,
  `insert into tasks (name, version_id, lane_id, queue, default_priority, concurrency)
     select name, id, id, 'q1', 'normal', case id when 21 then 1000 end from definition_versions where kind = 'task'`,
  `insert into workflows (name, version_id, default_priority, concurrency) values ('flow', 23, 'normal', 100000)`,
  `insert into leadership (name, term, holder, lease_until, elected_at)
     values ('scheduler', 7, 's', now() + interval '1 d', now() - interval '1 h')`,
  `insert into push_destinations (name, kind, config_hash, lease_owner, lease_epoch, lease_until)
     values ('outside', 'local', 'h', 'p', 1, now() + interval '1 d')`,
  `insert into worker_sessions (id, worker, protocol, queues, tasks, handlers, slots, lease_until, connected_at, closed_at)
     overriding system value
     select n, 'w' || n % 100, 1, '{q0,q1,q2,q3,q4}', '{}', array(select handler from lanes), 10, now() + case when n <= 100 then interval '1 d' else interval '-1 h' end,
            now() - interval '1 d', case when n > 100 then now() - interval '1 h' end from generate_series(1, 1100) n`,

  // Runs: one in fifty fails at b; the last hundred go on, with a and b over and c in the queue.
  `insert into workflow_instances (id, workflow_name, version_id, status, reason, priority, run_at, nodes_total, nodes_done, failing,
       trace_parent, created_at, started_at, finished_at) overriding system value
   select r, 'flow', 23, case when r > :RUNS - 100 then 'running' when r % 50 = 0 then 'failed' else 'success' end,
          case when r > :RUNS - 100 then null when r % 50 = 0 then 'TASK_FAILED' else 'SUCCESS' end, 'normal', ${AT('r * 5')}, 5,
          case when r > :RUNS - 100 then 2 else 5 end, r <= :RUNS - 100 and r % 50 = 0, ${TRACE(`'r' || r`)}, ${AT('r * 5')}, ${AT('r * 5')},
          case when r <= :RUNS - 100 then ${AT('r * 5')} + interval '9 s' end
     from generate_series(1, :RUNS) r`,
  `insert into task_events (workflow_instance_id, type, at, actor, detail)
   select id, 'started', started_at, 'scheduler', '{"run_number": 1}'::jsonb from workflow_instances
   union all select id, status, finished_at, 'scheduler', null from workflow_instances where finished_at is not null`,
  `insert into task_records (id, task_name, version_id, lane_id, workflow_instance_id, node_key, status, reason, priority, attempt, failures,
       params, worker, run_at, trace_parent, submitted_by, created_at, started_at, finished_at) overriding system value
   select (w.id - 1) * 5 + k.no, 'task' || k.no, k.no, k.no, w.id, k.key, s.status,
          case s.status when 'failed' then 'USER_ERROR' when 'skipped' then 'upstream_failed' end, 'normal',
          case when s.status in ('success', 'failed') then 1 else 0 end, case s.status when 'failed' then 1 else 0 end,
          '{"n": 1}'::jsonb, case when s.status in ('success', 'failed') then 'w1' end, t.at, w.trace_parent, 'workflow:flow', t.at,
          case when s.status in ('success', 'failed') then t.at + interval '10 ms' end,
          case when s.status in ('success', 'failed') then t.at + interval '1 s' when s.status = 'skipped' then t.at end
     from workflow_instances w
    cross join (values (1, 'a', 0), (2, 'b', 2), (3, 'c', 2), (4, 'd', 4), (5, 'e', 6)) k (no, key, after)
    cross join lateral (
      select case when w.status = 'running' then case when k.no <= 2 then 'success' when k.no = 3 then 'queued' end
                  when w.status = 'success' or k.no in (1, 3) then 'success'
                  when k.no = 2 then 'failed' else 'skipped' end as status) s
    cross join lateral (select w.started_at + k.after * interval '1 s' as at) t
    where s.status is not null`,
  `insert into task_queue (lane_id, rank, id, attempt)
   select lane_id, extract(epoch from created_at) * 1000, id, 0 from task_records where status = 'queued'`,

  // Single ones, by the last two digits of their number.
  `insert into task_records (id, task_name, version_id, lane_id, status, reason, priority, attempt, failures, losses, flags, limit_keys, limit_maxima,
       params, output, worker, run_at, scheduled_for, schedule_id, trace_parent, submitted_by, created_at, started_at, finished_at)
     overriding system value
   select n, v.name, v.id, v.id, s.status, case s.status when 'failed' then 'USER_ERROR' when 'cancelled' then 'CANCELLED' end,
          (array['critical', 'high', 'normal', 'normal', 'low'])[n % 5 + 1],
          case when n > :LIVE or s.status = 'cancelled' then 0 when k in (0, 1, 3) then 2 else 1 end,
          case when n > :LIVE then 0 when k = 0 then 2 when k = 3 then 1 else 0 end, case when n <= :LIVE and k = 1 then 1 else 0 end,
          case when v.id = 21 then 1 else 0 end, case when v.id = 21 then array['task:limited', 'customer:' || c.customer] end,
          case when v.id = 21 then array[1000, 2] end, '{"n": 1, "name": "something short"}'::jsonb,
          case s.status when 'success' then '{"ok": true}'::jsonb end, case when s.status in ('success', 'failed') then 'w1' end,
          case when n > :LIVE and k between 80 and 89 then now() + interval '1 h' else t.at end, null, null,
          ${TRACE('n::text')}, 'somebody', t.at, case when s.status in ('success', 'failed') then t.at + interval '50 ms' end,
          case when s.status in ('success', 'failed', 'cancelled') then t.at + interval '3 s' end
     from generate_series(:NODES + 1, :N) n
    cross join lateral (select n % 100 as k) d
     join definition_versions v on v.id = case when k between 5 and 9 then 21 when k = 4 and n <= :LIVE then 22 else n % 20 + 1 end
    cross join lateral (select case when n > :LIVE then 'hot' else n % 10 || '-' || n / 100 % 500 end as customer) c
    cross join lateral (
      select case when n > :LIVE then 'queued' when k = 0 then 'failed' when k = 2 then 'cancelled' else 'success' end as status) s
    cross join lateral (select ${AT('n')} as at) t`,
  `insert into task_attempts (task_instance_id, attempt, lease_id, worker, session_id, leased_at, ended_at, outcome, next_status, reason)
   select r.id, a.attempt, nextval('lease_ids'), case r.version_id when 22 then 'push:outside' else 'w1' end,
          case when r.version_id <> 22 then r.id % 1100 + 1 end, r.started_at + (a.attempt - 1) * interval '1.5 s',
          case when a.attempt = r.attempt then r.finished_at else r.started_at + interval '1 s' end, o.outcome,
          case when a.attempt < r.attempt then 'retry' else r.status end,
          case when o.outcome = 'failed' then 'USER_ERROR' when o.outcome = 'lost' then 'WORKER_LOST' end
     from task_records r
    cross join lateral generate_series(1, r.attempt) a (attempt)
    cross join lateral (
      select case when a.attempt < r.attempt and r.losses > 0 then 'lost' when a.attempt < r.attempt then 'failed' else r.status end as outcome) o
    where r.attempt > 0
    order by r.id, a.attempt`,
  `insert into task_events (task_instance_id, workflow_instance_id, type, at, actor, detail)
   select task_instance_id, null, 'lease_lost', ended_at, 'scheduler', '{"attempt": 1}'::jsonb from task_attempts where outcome = 'lost'
   union all
   select id, workflow_instance_id, status, finished_at, 'somebody', null from task_records where status in ('cancelled', 'skipped')
   union all
   select id, workflow_instance_id, 'handed_back', started_at, 'w1', '{"attempt": 1}' from task_records where finished_at is not null and started_at is not null and id % 100 = 77`,
  `insert into push_jobs (task_instance_id, attempt, destination, external_name, external_id, phase, spec, spec_hash, claimed_by_epoch, created_at,
       last_observed_at)
   select id, 1, 'outside', 'n' || id, 'e' || id, 'done', jsonb_build_object('env', jsonb_build_object('TRACEPARENT', trace_parent)), 'h', 1,
          started_at, finished_at
     from task_records where version_id = 22`,

  // What lives: three run under one limit for which the others of theirs wait; all places of all workers are taken.
  `insert into task_leases (id, attempt, session_id, lane_id, flags, leased_at)
   select id, 1, place % 100 + 1, lane_id, flags, created_at + interval '10 ms'
     from (select id, lane_id, flags, created_at, row_number() over (partition by version_id = 21 order by id) as place
             from task_records where id > :LIVE and (version_id = 21 or id % 100 between 10 and 79)) x
    where place <= case when flags = 1 then 2 else 1000 end`,
  `update worker_sessions w set slots = x.held
     from (select session_id, count(*) as held from task_leases group by session_id) x where x.session_id = w.id`,
  `update worker_sessions w set draining_at = now() where not exists (select from task_leases l where l.session_id = w.id)`,
  `insert into limit_slots (limit_key, slot_no, id, taken_at)
   select k.key, row_number() over (partition by k.key order by l.id), l.id, l.leased_at
     from task_leases l join task_records r on r.id = l.id cross join lateral unnest(r.limit_keys) k (key)`,
  `insert into task_blocked (id, limit_key, rank)
   select id, 'customer:hot', extract(epoch from created_at) * 1000 from task_records r
    where id > :LIVE and version_id = 21 and not exists (select from task_leases l where l.id = r.id)`,
  `insert into task_delayed (id, due_at) select id, run_at from task_records where id > :LIVE and id % 100 between 80 and 89`,
  `insert into task_queue (lane_id, rank, id, attempt)
   select lane_id, extract(epoch from created_at) * 1000, id, 0 from task_records r
    where id > :LIVE and version_id <> 21 and id % 100 not between 80 and 89
      and not exists (select from task_leases l where l.id = r.id)`,

  // A hundred schedules, each five minutes, of which those slots fired that an instance is left for.
  `insert into schedules (id, kind, target_name, ordinal, spec, high_water, next_at, created_at, updated_at) overriding system value
   select s, 'task', 'task' || s % 20 + 1, s, '{"every": "5m", "timezone": "UTC"}'::jsonb, now(), now() + interval '5 min', now() - interval '2 d', now() - interval '2 d'
     from generate_series(1, 100) s`,
  `insert into schedule_slots (schedule_id, slot, outcome, reason, task_instance_id, term)
   select x.schedule_id, x.slot, case when r.id is null then 'missed' else 'fired' end, 'x', r.id, 1
     from (select s as schedule_id, at as slot, row_number() over (order by at, s) as place
             from generate_series(1, 100) s
            cross join generate_series(date_trunc('hour', now() - interval '2 d'), now(), interval '5 min') at) x
     left join task_records r on r.id = (:NODES / 100 + x.place) * 100 + 50 and r.id <= :LIVE`,
  `update task_records r set schedule_id = s.schedule_id, scheduled_for = s.slot from schedule_slots s where s.task_instance_id = r.id`,
  `insert into unique_keys (task_or_workflow, key, task_instance_id, expires_at)
   select 'task:' || task_name, id::text, id, case when finished_at is not null then now() + interval '1 d' end
     from task_records where id % 100 = 33`,
  `insert into submissions (request_id, results)
   select n::text, jsonb_build_object('digest', '', 'items', jsonb_build_array((:NODES + n)::text, (:NODES + n + 1)::text))
     from generate_series(1, least(10000, :N / 10)) n`,
  `insert into task_logs (task_instance_id, attempt, seq, stream, at, line)
   select id, 1, 1, 'stdout', created_at, 'a line of its output' from task_records where id % 10 = 0 and attempt > 0`,
  `select setval('task_records_id_seq', :N), setval('workflow_instances_id_seq', :RUNS)`,
];
