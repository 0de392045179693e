/** What happened, by check: each story, done to the sound history, makes that check speak (others may, too). */
export const PLANTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'live-instance-is-somewhere': {
    'a queued instance is in no queue': [`delete from task_queue where id = 14`],
    'a leased instance is also in the queue': [
      `insert into task_queue (lane_id, rank, id, attempt) values (1, 2, 2, 0)`,
    ],
    'an instance is in the queue twice': [`insert into task_queue (lane_id, rank, id, attempt) values (1, 2, 14, 0)`],
    'a pushed instance has no job': [`delete from push_jobs where task_instance_id = 32`],
  },
  'ended-instance-is-nowhere': {
    'an ended instance is delayed': [`insert into task_delayed (id, due_at) values (1, now() + interval '1 h')`],
    'an instance that never was is leased': [
      `insert into task_leases (id, attempt, session_id, lane_id, flags) values (99, 1, 1, 1, 0)`,
    ],
  },
  'place-agrees-with-instance': {
    'it waits in the lane of another task': [`update task_queue set lane_id = 2 where id = 14`],
    'it waits for an attempt that it has had': [`update task_queue set attempt = 1 where id = 14`],
    'an attempt was leased that comes later': [`update task_leases set attempt = 2 where id = 2`],
  },
  'running-workflow-has-something-to-wait-for': {
    'its last task ended and nobody was told': [
      `update task_records set status = 'success', finished_at = now() where id = 14`,
      `delete from task_queue where id = 14`,
    ],
  },
  'ended-workflow-has-no-live-task': {
    'a task goes on': [`update task_records set finished_at = null, status = 'queued' where id = 12`],
  },
  'history-has-its-instance': {
    'an instance with attempts was deleted': [`delete from task_records where id = 1`],
    'an instance that was cancelled was deleted': [`delete from task_records where id = 4`],
    'a run was deleted': [`delete from workflow_instances where id = 1`],
    'an instance that was answered was deleted': [`delete from task_records where id = 5`],
  },
  'unique-key-is-of-a-live-instance': {
    'the instance ended and kept its key': [`update unique_keys set task_instance_id = 1`],
    'the instance is gone': [`update unique_keys set task_instance_id = 99`],
    'the run ended and kept its key': [`update unique_keys set task_instance_id = null, workflow_instance_id = 1`],
  },
  'one-end-per-run': {
    'two completions were accepted': [
      `insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status) values (1, 2, now(), 'success', 'success')`,
      `update task_records set attempt = 2 where id = 1`,
    ],
    'a completion was accepted of what was cancelled': [
      `insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status) values (4, 1, now(), 'success', 'success')`,
    ],
    'it was accepted and the instance goes on': [
      `insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status) values (14, 1, now(), 'success', 'success')`,
    ],
  },
  'record-agrees-with-last-attempt': {
    'it failed by hand': [`update task_records set status = 'failed', reason = 'X' where id = 1`],
    'it succeeded by hand': [
      `update task_attempts set outcome = 'failed', next_status = 'failed' where task_instance_id = 1`,
    ],
  },
  'success-has-its-attempt': {
    'nobody ran it': [`delete from task_attempts where task_instance_id = 1`],
    'it failed': [`update task_attempts set outcome = 'failed' where task_instance_id = 1`],
  },
  'outcome-agrees-with-what-followed': {
    'a lost attempt counts as success': [`update task_attempts set outcome = 'lost' where task_instance_id = 1`],
    'a success is tried again': [`update task_attempts set next_status = 'retry' where task_instance_id = 1`],
  },
  'one-attempt-per-lease': {
    'a token was given twice': [`update task_attempts set lease_id = 1 where task_instance_id = 11`],
    'a running lease has an old token': [`update task_leases set lease_id = 1 where id = 2`],
  },
  'attempts-contiguous': {
    'the first is missing': [`update task_attempts set attempt = 2 where task_instance_id = 1`],
    'one in the middle is missing': [`delete from task_attempts where task_instance_id = 3 and attempt = 2`],
    'one that ended runs': [`update task_leases set id = 1, attempt = 1 where id = 2`],
  },
  'record-counts-its-attempts': {
    'it counts one that never was': [`update task_records set attempt = 2 where id = 11`],
    'an attempt is missing at the end': [`delete from task_attempts where task_instance_id = 3 and attempt = 3`],
  },
  'retries-within-budget': {
    'it failed more often than it may': [
      `insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status, reason)
         select 12, n, now(), 'failed', 'retry', 'X' from generate_series(2, 4) n`,
      `update task_records set failures = 4, attempt = 4 where id = 12`,
    ],
    'it was lost more often than it may': [
      `insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status, reason)
         select 12, n, now(), 'lost', 'retry', 'X' from generate_series(2, 4) n`,
      `update task_records set losses = 3, attempt = 4 where id = 12`,
    ],
    'a failure was not counted': [`update task_records set failures = 0 where id = 12`],
    'a failure was counted that never was': [`update task_records set failures = 1 where id = 11`],
    'run again, more often than both budgets': [
      `insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status, reason)
         select 3, n, now(), 'failed', 'retry', 'X' from generate_series(4, 8) n`,
    ],
  },
  'attempts-one-after-the-other': {
    'two at the same time': [
      `update task_attempts set leased_at = now() - interval '48 min 30 s' where task_instance_id = 3 and attempt = 2`,
    ],
    'the present one began before the last had ended': [
      `update task_leases set id = 12, attempt = 2, leased_at = now() - interval '31 min'`,
    ],
    'it ended before it began': [
      `update task_attempts set ended_at = leased_at - interval '1 s' where task_instance_id = 1`,
    ],
    'it ran before it was submitted': [
      `update task_attempts set leased_at = now() - interval '51 min' where task_instance_id = 1`,
    ],
  },
  'limit-never-exceeded': {
    'three at once, long ago': [
      `insert into task_records (id, task_name, version_id, lane_id, status, priority, attempt, limit_keys, limit_maxima, run_at, created_at, finished_at)
         overriding system value
         select n, 'a', 1, 1, 'success', 'normal', 1, '{task:a}', '{2}', now(), now() - interval '50 min', now() from generate_series(21, 22) n`,
      `insert into task_attempts (task_instance_id, attempt, leased_at, ended_at, outcome, next_status)
         select n, 1, now() - interval '48 min 1 s', now() - interval '47 min', 'success', 'success' from generate_series(21, 22) n`,
    ],
    'under a key, one of them still running': [
      `update task_records set limit_keys = '{customer:7}', limit_maxima = '{1}' where id in (2, 11)`,
      `update task_leases set leased_at = now() - interval '38 min'`,
    ],
  },
  'limited-instance-carries-its-limit': {
    'it was submitted without': [`update task_records set limit_keys = null where id = 1`],
    'it carries another': [`update task_records set limit_keys = '{task:b}' where id = 1`],
  },
  'workflow-concurrency-never-exceeded': {
    'two runs at once': [
      `update task_events set at = now() - interval '35 min' where workflow_instance_id = 2 and type = 'started'`,
    ],
    'run again beside another': [
      `insert into task_events (workflow_instance_id, type, at, detail) values (1, 'started', now() - interval '1 min', '{"run_number": 2}')`,
    ],
  },
  'limit-places-do-not-leak': {
    'held by what has ended': [`insert into limit_slots (limit_key, slot_no, id) values ('task:a', 2, 1)`],
    'held by nobody': [`insert into limit_slots (limit_key, slot_no, id) values ('task:a', 2, 99)`],
    'held by one of another limit': [`insert into limit_slots (limit_key, slot_no, id) values ('task:b', 1, 2)`],
  },
  'admitted-instance-holds-its-places': {
    'it runs and holds none': [`delete from limit_slots`],
    'it holds two of one limit': [`insert into limit_slots (limit_key, slot_no, id) values ('task:a', 2, 2)`],
    'more places are held than there are': [
      `insert into limit_slots (limit_key, slot_no, id) select 'task:a', n, n + 100 from generate_series(2, 3) n`,
    ],
  },
  'one-row-per-slot': {
    'a slot has two rows': [
      `alter table schedule_slots drop constraint schedule_slots_pkey`,
      `insert into schedule_slots (schedule_id, slot, outcome, reason, term) select schedule_id, slot, 'missed', 'x', 2 from schedule_slots limit 1`,
    ],
  },
  'one-instance-per-slot': {
    'a slot fired twice': [
      `update task_records set (schedule_id, scheduled_for) = (select schedule_id, scheduled_for from task_records where id = 1) where id = 2`,
    ],
  },
  'fired-slot-has-its-instance': {
    'it fired for nothing': [`update schedule_slots set outcome = 'fired' where outcome = 'missed'`],
    'it names an instance of another slot': [`update schedule_slots set task_instance_id = 2 where outcome = 'fired'`],
    'it was missed and yet ran': [`update schedule_slots set outcome = 'missed' where outcome = 'fired'`],
  },
  'scheduled-instance-has-its-slot': {
    'the slot has no row': [`delete from schedule_slots where outcome = 'fired'`],
    'a run of a slot that was skipped': [
      `update workflow_instances set schedule_id = 1, scheduled_for = date_trunc('hour', now()) where id = 1`,
    ],
  },
  'slot-is-not-beyond-the-mark': {
    'the mark was set back': [`update schedules set high_water = high_water - interval '5 min' where id = 1`],
  },
  'no-interval-slot-is-missing': {
    'nobody decided it': [`delete from schedule_slots where outcome = 'missed' and schedule_id = 1`],
  },
  'no-cron-slot-is-missing': {
    'nobody decided it': [
      `delete from schedule_slots where schedule_id = 2 and slot = date_trunc('hour', now()) - interval '50 min'`,
    ],
  },
  'starts-when-its-trigger-is-met': {
    'before its dependency had ended': [`update task_records set created_at = now() - interval '38 min' where id = 12`],
    'although its dependency failed': [`update task_records set status = 'failed', reason = 'X' where id = 11`],
    'although its dependency was skipped': [
      `update task_records set status = 'skipped', reason = 'upstream_failed' where id = 11`,
    ],
    'without its dependency': [`delete from task_records where id = 11`],
    'although no dependency failed': [
      `update definition_versions set spec = jsonb_set(spec, '{tasks,1,trigger}', '"one_failed"') where id = 2`,
    ],
    'at once, although it waits for all to end': [
      `update definition_versions set spec = jsonb_set(spec, '{tasks,1,trigger}', '"all_done"') where id = 2`,
      `update task_records set created_at = now() - interval '38 min' where id = 12`,
    ],
    'all had failed, which it does not ask for': [
      `update definition_versions set spec = jsonb_set(spec, '{tasks,1,trigger}', '"none_failed_min_one_success"') where id = 2`,
      `update task_records set status = 'failed', reason = 'X' where id = 11`,
    ],
  },
  'rerun-starts-after-its-dependencies': {
    'before its dependency was done again': [
      `update task_records set run_at = now() - interval '20 min' where id = 16`,
    ],
    'although its dependency failed again': [`update task_records set status = 'failed', reason = 'X' where id = 15`],
  },
  'skipped-for-what-its-reason-says': {
    'what it depends on had succeeded': [`update task_records set status = 'success', reason = null where id = 12`],
    'before its dependency had ended': [`update task_records set created_at = now() - interval '33 min' where id = 13`],
    'for a cancel that nobody asked for': [`update task_records set reason = 'workflow_cancelled' where id = 13`],
    'for a failure that never was': [
      `update task_records set reason = 'failure_policy' where id = 13`,
      `update task_records set status = 'success', reason = null where id = 12`,
    ],
    'for a reason that there is not': [`update task_records set reason = 'because' where id = 13`],
  },
  'every-node-decided': {
    'a success without one of its tasks': [`delete from task_records where id = 13`],
    'a failure without one of its tasks': [
      `delete from task_records where id = 13`,
      `update workflow_instances set status = 'failed', reason = 'TASK_FAILED' where id = 1`,
    ],
    'it counts fewer': [`update workflow_instances set nodes_done = 2 where id = 1`],
  },
  'record-is-a-node-of-its-graph': {
    'a task that the graph does not know': [`update task_records set node_key = 'q' where id = 14`],
    'a task twice': [`drop index task_records_node`, `update task_records set node_key = 'x' where id = 13`],
  },
  'workflow-agrees-with-its-tasks': {
    'a success although a task failed': [`update task_records set status = 'failed', reason = 'X' where id = 11`],
    'a failure although none did': [
      `update workflow_instances set status = 'failed', reason = 'TASK_FAILED' where id = 3`,
    ],
  },
  'progress-is-counted': {
    'it counts one that has not ended': [`update workflow_instances set nodes_done = 1 where id = 2`],
  },
  'terminal-task-has-reason': {
    'cancelled, nobody knows why': [`update task_records set reason = null where id = 4`],
    'skipped, nobody knows why': [`update task_records set reason = null where id = 13`],
    'it ended at no time': [`update task_records set finished_at = null where id = 1`],
  },
  'live-task-is-not-finished': {
    'queued and over': [`update task_records set finished_at = now() where id = 14`],
    'a status that there is not': [`update task_records set status = 'done' where id = 14`],
  },
  'terminal-workflow-has-reason': {
    'failed, nobody knows why': [`update workflow_instances set status = 'failed', reason = null where id = 1`],
    'running and over': [`update workflow_instances set finished_at = now() where id = 2`],
  },
  'terminal-state-has-event': {
    'nobody told that it was cancelled': [`delete from task_events where type = 'cancelled'`],
    'nobody told that it was skipped': [`delete from task_events where type = 'skipped' and task_instance_id = 13`],
    'nobody told of the first end': [
      `update task_attempts set next_status = 'retry' where task_instance_id = 3 and attempt = 2`,
    ],
    'it runs again and had not ended': [`insert into task_events (task_instance_id, type) values (14, 'redriven')`],
  },
  'workflow-has-its-events': {
    'nobody told that it started': [`delete from task_events where type = 'started' and workflow_instance_id = 2`],
    'nobody told that it ended': [`delete from task_events where type = 'success' and workflow_instance_id = 1`],
    'another end was told': [
      `update task_events set type = 'failed' where type = 'success' and workflow_instance_id = 1`,
    ],
    'the end was told twice': [`insert into task_events (workflow_instance_id, type) values (1, 'success')`],
    'nobody told that it was run again': [`delete from task_events where type = 'rerun'`],
  },
  'unsuccessful-attempt-has-reason': {
    'it failed, nobody knows why': [`update task_attempts set reason = null where task_instance_id = 12`],
  },
  'lost-attempt-has-event': {
    'nobody told that it was lost': [`delete from task_events where type = 'lease_lost'`],
    'it was told and was not lost': [
      `insert into task_events (task_instance_id, type, detail) values (1, 'lease_lost', '{"attempt": 1}')`,
    ],
  },
  'no-job-after-the-end': {
    'its job goes on': [`update push_jobs set phase = 'running' where task_instance_id = 31`],
  },
  'one-open-job-per-instance': {
    'two jobs at once': [
      `insert into push_jobs (task_instance_id, attempt, destination, external_name, phase, spec, spec_hash, claimed_by_epoch)
         values (32, 2, 'd', 'n32-2', 'intent', '{}', '', 1)`,
    ],
    'the job of an attempt that it does not count': [`update push_jobs set attempt = 2 where task_instance_id = 32`],
    'the instance waits in spite of its job': [`update task_records set status = 'queued' where id = 32`],
  },
  'pushed-attempts-are-jobs': {
    'a job that is no attempt': [`update task_attempts set worker = 'w1' where task_instance_id = 31`],
    'an attempt that never was a job': [`delete from push_jobs where task_instance_id = 31`],
    'an attempt at another destination': [`update task_attempts set worker = 'push:e' where task_instance_id = 31`],
  },
  'one-external-job-per-attempt': {
    'two attempts stand for one job': [`update push_jobs set external_id = 'e31'`],
  },
  'one-container-per-claim': {
    'claimed before it was sent': [
      `update push_jobs set claim = 'local:a', claimed_at = now(), submit_tries = 0 where task_instance_id = 31`,
    ],
    'one container for two attempts': [
      `update push_jobs set claim = 'local:a', claimed_at = now() + interval '1 s', submit_tries = 1`,
    ],
  },
  'pushed-or-pulled-by-its-lane': {
    'a worker has what is to be pushed': [`update task_leases set lane_id = 2`],
    'a job of what is to be pulled': [`update task_records set lane_id = 1 where id = 32`],
    'a job at another destination': [`update push_jobs set destination = 'e' where task_instance_id = 32`],
  },
  'ready-work-is-taken': {
    'beside a worker that has a free slot': [
      `update worker_sessions set slots = 5`,
      `update task_records set run_at = now() - interval '1 min', created_at = now() - interval '1 min' where id = 14`,
    ],
  },
  'ready-push-is-taken': {
    'beside a destination that has room': [
      `update task_records set run_at = now() - interval '1 min', created_at = now() - interval '1 min', lane_id = 2 where id = 14`,
      `update task_queue set lane_id = 2 where id = 14`,
    ],
  },
  'due-work-is-moved': {
    'a retry that is a minute late': [`update task_delayed set due_at = now() - interval '1 min'`],
  },
  'free-places-are-given-away': {
    'one place of two is free': [
      `update task_records set run_at = now() - interval '1 min', created_at = now() - interval '1 min' where id = 6`,
      `update limit_slots set taken_at = now() - interval '1 h'`,
    ],
  },
  'due-workflow-is-started': {
    'nothing else runs': [
      `insert into workflow_instances (id, workflow_name, version_id, status, priority, run_at, created_at, nodes_total)
         overriding system value values (99, 'v', 4, 'queued', 'normal', now() - interval '1 min', now() - interval '1 min', 2)`,
    ],
  },
  'ended-task-moves-its-workflow': {
    'its end is not applied': [
      `insert into workflow_changes (workflow_instance_id, task_instance_id, kind) values (2, 11, 'task_ended')`,
    ],
  },
  'met-node-is-started': {
    'what it waits for has succeeded': [
      `update task_records set status = 'success', finished_at = now() - interval '1 min' where id = 14`,
    ],
  },
  'due-schedule-is-decided': {
    'its slot is a minute late': [`update schedules set next_at = now() - interval '1 min' where id = 1`],
  },
  'dead-worker-holds-nothing': {
    'its session has run out': [`update worker_sessions set lease_until = now() - interval '1 min'`],
    'its session is gone': [`delete from worker_sessions`],
  },
  'instance-has-its-trace': {
    'a task without a context': [`update task_records set trace_parent = null where id = 1`],
    'a task with what is no context': [
      `update task_records set trace_parent = '00-00000000000000000000000000000000-b7ad6b7169203331-01' where id = 1`,
    ],
    'a run without a context': [`update workflow_instances set trace_parent = null where id = 2`],
  },
  'task-is-in-the-trace-of-its-run': {
    'a trace of its own': [
      `update task_records set trace_parent = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' where id = 14`,
    ],
  },
  'run-is-in-the-trace-of-its-parent': {
    'a trace of its own': [
      `update workflow_instances set parent_task_instance_id = 1, trace_parent = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' where id = 2`,
    ],
  },
  'attempt-is-in-the-trace-of-its-instance': {
    'its worker began another': [
      `update task_attempts set trace_parent = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' where task_instance_id = 1`,
    ],
  },
  'job-is-in-the-trace-of-its-instance': {
    'a trace of its own': [
      `update push_jobs set spec = '{"env": {"TRACEPARENT": "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}' where task_instance_id = 31`,
    ],
    'no trace': [`update push_jobs set spec = '{"env": {}}' where task_instance_id = 32`],
  },
};
