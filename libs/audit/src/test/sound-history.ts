const TRACE = '0af7651916cd43dd8448eb211c80319c';

/** The context that every instance of the sound history carries, but for its span. */
export const CONTEXT = `00-${TRACE}-b7ad6b7169203331-01`;

/**
 * A small sound history: tasks 1 (limited, scheduled, success), 2 (limited, leased), 3 (lost, then failed, then run again with
 * success), 4 (cancelled while it was queued); workflow 1 (x, then y, then z skipped because y failed), 2 (x queued), 3 (run
 * again); 31 pushed and done, 32 pushed and running; a delayed one, a blocked one, a unique key, an answered request.
 */
export const SOUND: readonly string[] = [
  `insert into lanes (id, queue, task_name, handler, destination) overriding system value
     values (1, 'default', 'a', 'a', null), (2, 'default', 'p', 'p', 'd')`,
  `insert into definition_versions (id, kind, name, hash, spec) overriding system value values
     (1, 'task', 'a', 'h1', '{"retries": 1, "infra_retries": 1, "concurrency": 2}'),
     (2, 'workflow', 'w', 'h2', '{"concurrency": 1, "tasks": [{"key": "x"}, {"key": "y", "depends_on": ["x"], "allow_failure": true},
        {"key": "z", "depends_on": ["y"]}]}'),
     (3, 'task', 'b', 'h3', '{"retries": 1, "infra_retries": 1}'),
     (4, 'workflow', 'v', 'h4', '{"tasks": [{"key": "x"}, {"key": "y", "depends_on": ["x"]}]}')`,
  `insert into tasks (name, version_id, lane_id, queue, default_priority, concurrency) values ('a', 1, 1, 'default', 'normal', 2)`,
  `insert into workflows (name, version_id, default_priority, concurrency) values ('w', 2, 'normal', 1), ('v', 4, 'normal', null)`,
  `insert into leadership (name, term, holder, lease_until, elected_at) values ('scheduler', 1, 's', now() + interval '1 h', now() - interval '1 h')`,
  `insert into worker_sessions (id, worker, protocol, queues, tasks, handlers, slots, lease_until, connected_at)
     overriding system value values
     (1, 'w1', 1, '{default}', '{}', '{a}', 1, now() + interval '1 h', now() - interval '1 h')`,
  `insert into schedules (id, kind, target_name, spec, high_water, next_at, updated_at) overriding system value values
     (1, 'task', 'a', '{"every": "10m", "timezone": "UTC"}', date_trunc('hour', now()), now() + interval '10 min', date_trunc('hour', now()) - interval '25 min'),
     (2, 'task', 'b', '{"cron": "10,20 * * * *", "timezone": "UTC"}', date_trunc('hour', now()), now() + interval '10 min', date_trunc('hour', now()) - interval '1 h')`,
  `insert into schedule_slots (schedule_id, slot, outcome, reason, task_instance_id, term) values
     (1, date_trunc('hour', now()) - interval '20 min', 'missed', 'misfire_none', null, 1),
     (1, date_trunc('hour', now()) - interval '10 min', 'fired', 'on_time', 1, 1),
     (1, date_trunc('hour', now()), 'skipped_paused', 'paused', null, 1),
     (2, date_trunc('hour', now()) - interval '50 min', 'missed', 'misfire_none', null, 1),
     (2, date_trunc('hour', now()) - interval '40 min', 'missed', 'misfire_none', null, 1)`,
  `insert into task_records (id, task_name, version_id, lane_id, status, reason, priority, attempt, failures, losses, flags, limit_keys,
       limit_maxima, run_at, created_at, started_at, finished_at, schedule_id, scheduled_for) overriding system value values
     (1, 'a', 1, 1, 'success', null, 'normal', 1, 0, 0, 1, '{task:a}', '{2}', now() - interval '50 min', now() - interval '50 min',
        now() - interval '49 min', now() - interval '48 min', 1, date_trunc('hour', now()) - interval '10 min'),
     (2, 'a', 1, 1, 'queued', null, 'normal', 0, 0, 0, 1, '{task:a}', '{2}', now(), now(), null, null, null, null),
     (3, 'b', 3, 1, 'success', null, 'normal', 3, 0, 0, 0, null, null, now() - interval '30 min', now() - interval '50 min',
        now() - interval '29 min', now() - interval '28 min', null, null),
     (4, 'b', 3, 1, 'cancelled', 'CANCELLED', 'normal', 0, 0, 0, 0, null, null, now() - interval '50 min', now() - interval '50 min',
        null, now() - interval '49 min', null, null),
     (5, 'b', 3, 1, 'queued', null, 'normal', 0, 0, 0, 2, null, null, now() + interval '1 h', now(), null, null, null, null),
     (6, 'a', 1, 1, 'queued', null, 'normal', 0, 0, 0, 1, '{task:a}', '{2}', now(), now(), null, null, null, null)`,
  `insert into task_attempts (task_instance_id, attempt, lease_id, leased_at, ended_at, outcome, next_status, reason) values
     (1, 1, 1, now() - interval '49 min', now() - interval '48 min', 'success', 'success', null),
     (3, 1, 2, now() - interval '49 min', now() - interval '48 min', 'lost', 'retry', 'WORKER_LOST'),
     (3, 2, 3, now() - interval '47 min', now() - interval '46 min', 'failed', 'failed', 'USER_ERROR'),
     (3, 3, 4, now() - interval '29 min', now() - interval '28 min', 'success', 'success', null)`,
  `insert into task_events (task_instance_id, type, at, detail) values
     (3, 'lease_lost', now() - interval '48 min', '{"attempt": 1}'), (3, 'redriven', now() - interval '30 min', null),
     (4, 'cancelled', now() - interval '49 min', null)`,
  `insert into task_leases (id, attempt, lease_id, session_id, lane_id, flags) values (2, 1, 5, 1, 1, 1)`,
  `insert into limit_slots (limit_key, slot_no, id) values ('task:a', 1, 2)`,
  `insert into task_delayed (id, due_at) values (5, now() + interval '1 h')`,
  `insert into task_blocked (id, limit_key, rank) values (6, 'task:a', 1)`,
  `insert into unique_keys (task_or_workflow, key, task_instance_id) values ('task:b', 'k', 5)`,
  `insert into submissions (request_id, results) values ('r', '{"digest": "", "items": ["5", {"kind": "NotFound"}]}')`,
  `insert into workflow_instances (id, workflow_name, version_id, status, reason, priority, run_at, nodes_total, nodes_done,
       created_at, started_at, finished_at, run_number) overriding system value values
     (1, 'w', 2, 'success', 'SUCCESS', 'normal', now() - interval '40 min', 3, 3, now() - interval '40 min', now() - interval '40 min', now() - interval '30 min', 1),
     (2, 'w', 2, 'running', null, 'normal', now() - interval '20 min', 3, 0, now() - interval '20 min', now() - interval '20 min', null, 1),
     (3, 'v', 4, 'success', 'SUCCESS', 'normal', now() - interval '20 min', 2, 2, now() - interval '40 min', now() - interval '20 min', now() - interval '10 min', 2)`,
  `insert into task_events (workflow_instance_id, type, at, detail) values
     (1, 'started', now() - interval '40 min', '{"run_number": 1}'), (1, 'success', now() - interval '30 min', null),
     (2, 'started', now() - interval '20 min', '{"run_number": 1}'),
     (3, 'started', now() - interval '40 min', '{"run_number": 1}'), (3, 'failed', now() - interval '30 min', null),
     (3, 'rerun', now() - interval '20 min', null), (3, 'started', now() - interval '20 min', '{"run_number": 2}'),
     (3, 'success', now() - interval '10 min', null)`,
  `insert into task_records (id, task_name, version_id, lane_id, workflow_instance_id, node_key, status, reason, priority, attempt,
       failures, run_at, created_at, started_at, finished_at) overriding system value values
     (11, 'x', 3, 1, 1, 'x', 'success', null, 'normal', 1, 0, now() - interval '40 min', now() - interval '40 min', now() - interval '40 min', now() - interval '36 min'),
     (12, 'y', 3, 1, 1, 'y', 'failed', 'USER_ERROR', 'normal', 1, 1, now() - interval '35 min', now() - interval '35 min', now() - interval '35 min', now() - interval '30 min'),
     (13, 'z', 3, 1, 1, 'z', 'skipped', 'upstream_failed', 'normal', 0, 0, now() - interval '30 min', now() - interval '30 min', null, now() - interval '30 min'),
     (14, 'x', 3, 1, 2, 'x', 'queued', null, 'normal', 0, 0, now(), now(), null, null),
     (15, 'x', 3, 1, 3, 'x', 'success', null, 'normal', 2, 0, now() - interval '20 min', now() - interval '40 min', now() - interval '20 min', now() - interval '19 min'),
     (16, 'y', 3, 1, 3, 'y', 'success', null, 'normal', 1, 0, now() - interval '18 min', now() - interval '30 min', now() - interval '18 min', now() - interval '10 min')`,
  `insert into task_attempts (task_instance_id, attempt, lease_id, leased_at, ended_at, outcome, next_status, reason) values
     (11, 1, 11, now() - interval '40 min', now() - interval '36 min', 'success', 'success', null),
     (12, 1, 12, now() - interval '35 min', now() - interval '30 min', 'failed', 'failed', 'USER_ERROR'),
     (15, 1, 13, now() - interval '40 min', now() - interval '30 min', 'failed', 'failed', 'USER_ERROR'),
     (15, 2, 14, now() - interval '20 min', now() - interval '19 min', 'success', 'success', null),
     (16, 1, 15, now() - interval '18 min', now() - interval '10 min', 'success', 'success', null)`,
  `insert into task_events (task_instance_id, workflow_instance_id, type, at) values
     (13, 1, 'skipped', now() - interval '30 min'), (15, 3, 'redriven', now() - interval '20 min'),
     (16, 3, 'skipped', now() - interval '30 min'), (16, 3, 'redriven', now() - interval '18 min')`,
  `insert into task_queue (lane_id, rank, id, attempt) values (1, 1, 14, 0)`,
  `insert into push_destinations (name, kind, config_hash, lease_owner, lease_epoch, lease_until) values ('d', 'local', 'h', 'p', 1, now() + interval '1 h')`,
  `insert into task_records (id, task_name, version_id, lane_id, status, priority, attempt, run_at, created_at, started_at, finished_at)
     overriding system value values
     (31, 'p', 3, 2, 'success', 'normal', 1, now() - interval '20 min', now() - interval '20 min', now() - interval '19 min', now() - interval '18 min'),
     (32, 'p', 3, 2, 'running', 'normal', 1, now() - interval '10 min', now() - interval '10 min', now() - interval '9 min', null)`,
  `insert into task_attempts (task_instance_id, attempt, worker, leased_at, ended_at, outcome, next_status) values
     (31, 1, 'push:d', now() - interval '19 min', now() - interval '18 min', 'success', 'success')`,
  `insert into push_jobs (task_instance_id, attempt, destination, external_name, external_id, phase, spec, spec_hash, claimed_by_epoch,
       created_at, last_observed_at)
     select n, 1, 'd', 'n' || n, 'e' || n, case n when 31 then 'done' else 'running' end,
            '{"env": {"TRACEPARENT": "00-${TRACE}-00000000000000a1-01"}}', '', 1,
            now() - case n when 31 then interval '19 min' else interval '9 min' end, now() - interval '8 min'
       from generate_series(31, 32) n`,
  `update task_records set trace_parent = '${CONTEXT}'`,
  `update workflow_instances set trace_parent = '${CONTEXT}'`,
  `update task_attempts set trace_parent = '00-${TRACE}-00000000000000a2-01' where task_instance_id in (3, 31)`,
];
