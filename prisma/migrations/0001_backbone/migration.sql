-- The backbone: definitions, the ready / lease / history split, workflows, schedules, push jobs, leadership.

create table taskflow_meta (
  key   text primary key,
  value text not null
);
-- Names every external job that this deployment pushes; rotate it when a database is cloned.
insert into taskflow_meta (key, value) values ('deployment_id', gen_random_uuid()::text);
-- Signs the tokens by which the containers of pushed jobs claim and report them; rotate it with the deployment_id.
insert into taskflow_meta (key, value)
values ('claim_key', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));

-- Definitions -----------------------------------------------------------------------------------

create table definition_versions (
  id         bigint generated always as identity primary key,
  kind       text not null check (kind in ('task', 'workflow')),
  name       text not null,
  hash       text not null,
  spec       jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (kind, name, hash)
);

-- What a claim matches on: a worker or a pusher resolves what it can run to a set of lanes.
create table lanes (
  id          integer generated always as identity primary key,
  queue       text not null,
  task_name   text not null,
  handler     text not null,
  labels      jsonb not null default '{}',
  destination text,
  unique nulls not distinct (queue, task_name, handler, labels, destination)
);

create table tasks (
  name             text primary key,
  active           boolean not null default true,
  version_id       bigint not null references definition_versions (id),
  lane_id          integer not null references lanes (id),
  title            text,
  description      text,
  queue            text not null,
  default_priority text not null,
  push_destination text,
  concurrency      integer,
  workflow_name    text,
  created_at       timestamptz not null default clock_timestamp(),
  updated_at       timestamptz not null default clock_timestamp()
);

create table workflows (
  name             text primary key,
  active           boolean not null default true,
  version_id       bigint not null references definition_versions (id),
  title            text,
  description      text,
  default_priority text not null,
  concurrency      integer,
  created_at       timestamptz not null default clock_timestamp(),
  updated_at       timestamptz not null default clock_timestamp()
);

-- Schedules -------------------------------------------------------------------------------------

create table schedules (
  id          bigint generated always as identity primary key,
  kind        text not null check (kind in ('task', 'workflow')),
  target_name text not null,
  ordinal     integer not null default 0,
  spec        jsonb not null,
  active      boolean not null default true,
  paused_at   timestamptz,
  high_water  timestamptz not null default clock_timestamp(),
  next_at     timestamptz,
  revision    bigint not null default 1,
  created_at  timestamptz not null default clock_timestamp(),
  updated_at  timestamptz not null default clock_timestamp(),
  unique (kind, target_name, ordinal)
);
create index schedules_due on schedules (next_at) where active and next_at is not null;

create table schedule_slots (
  schedule_id          bigint not null references schedules (id) on delete cascade,
  slot                 timestamptz not null,
  outcome              text not null check (outcome in
                         ('fired', 'buffered', 'missed', 'skipped_overlap', 'skipped_paused', 'skipped_inactive', 'excluded')),
  reason               text not null,
  task_instance_id     bigint,
  workflow_instance_id bigint,
  term                 bigint not null,
  decided_at           timestamptz not null default clock_timestamp(),
  primary key (schedule_id, slot)
);
create index schedule_slots_fired on schedule_slots (schedule_id, slot desc) where outcome = 'fired';
create index schedule_slots_buffered on schedule_slots (schedule_id, slot) where outcome = 'buffered';

-- Workflow instances ----------------------------------------------------------------------------

create table workflow_instances (
  id                      bigint generated always as identity primary key,
  workflow_name           text not null,
  version_id              bigint not null references definition_versions (id),
  status                  text not null check (status in
                            ('queued', 'running', 'success', 'failed', 'cancelled', 'dequeued')),
  reason                  text,
  message                 text,
  priority                text not null,
  params                  jsonb not null default '{}',
  output                  jsonb,
  run_at                  timestamptz not null,
  scheduled_for           timestamptz,
  schedule_id             bigint,
  unique_key              text,
  parent_task_instance_id bigint,
  run_number              integer not null default 1,
  nodes_total             integer not null,
  nodes_done              integer not null default 0,
  failing                 boolean not null default false,
  cancel_requested_at     timestamptz,
  cancel_reason           text,
  trace_parent            text,
  trace_state             text,
  submitted_by            text,
  deadline_at             timestamptz,
  start_by                timestamptz,
  finish_by               timestamptz,
  sla_missed_at           timestamptz,
  created_at              timestamptz not null default clock_timestamp(),
  started_at              timestamptz,
  finished_at             timestamptz
) with (fillfactor = 70);
create index workflow_instances_by_name on workflow_instances (workflow_name, id desc);
create index workflow_instances_live on workflow_instances (status, run_at, id) where status in ('queued', 'running');
create index workflow_instances_queued on workflow_instances (workflow_name, priority, run_at, id) where status = 'queued';
create index workflow_instances_running on workflow_instances (workflow_name) where status = 'running';
create index workflow_instances_by_status on workflow_instances (status, id desc);
create index workflow_instances_deadline on workflow_instances (deadline_at)
  where status = 'running' and deadline_at is not null;

-- What ended in a workflow instance and is not yet applied by the scheduler.
create table workflow_changes (
  id                   bigint generated always as identity primary key,
  workflow_instance_id bigint not null,
  task_instance_id     bigint,
  kind                 text not null check (kind in ('task_ended', 'cancel_requested', 'rerun_requested'))
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

-- Task instances: history row, ready row, lease row ----------------------------------------------

create table task_records (
  id                   bigint generated always as identity primary key,
  task_name            text not null,
  version_id           bigint not null,
  lane_id              integer not null,
  workflow_instance_id bigint,
  node_key             text,
  map_index            integer not null default -1,
  status               text not null,
  priority             text not null,
  attempt              integer not null default 0,
  failures             integer not null default 0,
  losses               integer not null default 0,
  flags                integer not null default 0,
  limit_keys           text[],
  limit_maxima         integer[],
  reason               text,
  message              text,
  exit_code            integer,
  params               jsonb not null default '{}',
  output               jsonb,
  worker               text,
  unique_key           text,
  run_at               timestamptz not null,
  expires_at           timestamptz,
  timeout_ms           bigint,
  scheduled_for        timestamptz,
  schedule_id          bigint,
  trace_parent         text,
  trace_state          text,
  submitted_by         text,
  cancel_requested_at  timestamptz,
  cancel_reason        text,
  start_by             timestamptz,
  finish_by            timestamptz,
  sla_missed_at        timestamptz,
  created_at           timestamptz not null default clock_timestamp(),
  started_at           timestamptz,
  finished_at          timestamptz
) with (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
create index task_records_by_task on task_records (task_name, id desc);
create unique index task_records_node on task_records (workflow_instance_id, node_key, map_index)
  where workflow_instance_id is not null;
create index task_records_created on task_records using brin (created_at);

-- Ready to be claimed. Rows are inserted and deleted, never updated: the claim deletes by ctid.
create table task_queue (
  lane_id integer not null,
  rank    bigint not null,
  id      bigint not null,
  attempt integer not null,
  flags   integer not null default 0,
  primary key (lane_id, rank, id)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
create index task_queue_by_id on task_queue (id);

-- Not due yet: a run_at in the future or the pause before a retry.
create table task_delayed (
  id     bigint primary key,
  due_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
create index task_delayed_due on task_delayed (due_at, id);

-- Due, but every place of one of its concurrency limits is taken.
create table task_blocked (
  id        bigint primary key,
  limit_key text not null,
  rank      bigint not null
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
create index task_blocked_by_key on task_blocked (limit_key, rank, id);

-- One row per occupied place of a limit; the primary key makes more than the maximum impossible.
create table limit_slots (
  limit_key text not null,
  slot_no   integer not null,
  id        bigint not null,
  taken_at  timestamptz not null default clock_timestamp(),
  primary key (limit_key, slot_no)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
create index limit_slots_by_id on limit_slots (id);

-- Promises about when an instance starts or has finished (sla), until the moment has come; the scheduler removes them.
create table sla_watches (
  id                   bigint generated always as identity primary key,
  due_at               timestamptz not null,
  kind                 text not null check (kind in ('start', 'finish')),
  task_instance_id     bigint,
  workflow_instance_id bigint
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
create index sla_watches_due on sla_watches (due_at);

-- Instances that are taken off the queue unless they have started by then; the scheduler removes the row at that moment.
create table task_expiries (
  id         bigint primary key,
  expires_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
create index task_expiries_due on task_expiries (expires_at, id);

create sequence lease_ids;

-- Running on a pull worker. Valid while its session is; lease_id is the fencing token of the attempt.
create table task_leases (
  id                  bigint primary key,
  attempt             integer not null,
  lease_id            bigint not null default nextval('lease_ids'),
  session_id          bigint not null,
  claim_id            bigint,
  lane_id             integer not null,
  flags               integer not null,
  leased_at           timestamptz not null default clock_timestamp(),
  deadline_at         timestamptz,
  cancel_requested_at timestamptz,
  cancel_reason       text
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
create index task_leases_by_session on task_leases (session_id, lease_id);
create index task_leases_deadline on task_leases (deadline_at) where deadline_at is not null;
create index task_leases_cancel on task_leases (session_id) where cancel_requested_at is not null;

-- One row per ended attempt, insert only.
create table task_attempts (
  task_instance_id bigint not null,
  attempt          integer not null,
  lease_id         bigint,
  worker           text,
  session_id       bigint,
  leased_at        timestamptz not null,
  ended_at         timestamptz not null default clock_timestamp(),
  outcome          text not null check (outcome in ('success', 'failed', 'cancelled', 'lost', 'timeout')),
  next_status      text not null,
  reason           text,
  message          text,
  exit_code        integer,
  detail           jsonb,
  -- What the attempt ran under; null where it made no context of its own under that of its instance.
  trace_parent     text,
  primary key (task_instance_id, attempt)
);
create index task_attempts_not_success on task_attempts (next_status, task_instance_id desc) where outcome <> 'success';

-- What happened besides submit, lease and end (those are in records, leases and attempts; see v_task_events).
create table task_events (
  id                   bigint generated always as identity primary key,
  task_instance_id     bigint,
  workflow_instance_id bigint,
  type                 text not null,
  at                   timestamptz not null default clock_timestamp(),
  actor                text,
  reason               text,
  detail               jsonb
);
create index task_events_by_task on task_events (task_instance_id, id) where task_instance_id is not null;
create index task_events_by_workflow on task_events (workflow_instance_id, id) where workflow_instance_id is not null;
create index task_events_by_type on task_events (type, task_instance_id desc) where task_instance_id is not null;

create table task_logs (
  task_instance_id bigint not null,
  attempt          integer not null,
  seq              bigint not null,
  stream           text not null check (stream in ('stdout', 'stderr', 'system')),
  at               timestamptz not null,
  line             text not null,
  primary key (task_instance_id, attempt, seq)
);

create table unique_keys (
  task_or_workflow text not null,
  key              text not null,
  task_instance_id bigint,
  workflow_instance_id bigint,
  expires_at       timestamptz,
  primary key (task_or_workflow, key)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
create index unique_keys_by_task on unique_keys (task_instance_id) where task_instance_id is not null;
create index unique_keys_by_workflow on unique_keys (workflow_instance_id) where workflow_instance_id is not null;

-- One row per submit call that carried a request id, so that a call whose answer was lost can be repeated.
create table submissions (
  request_id text primary key,
  results    jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);
create index submissions_created on submissions using brin (created_at);

-- Workers and leadership -------------------------------------------------------------------------

create table worker_sessions (
  id           bigint generated always as identity primary key,
  worker       text not null,
  process      text,
  host         text,
  version      text,
  protocol     integer not null,
  queues       text[] not null,
  tasks        text[] not null,
  handlers     text[] not null,
  labels       jsonb not null default '{}',
  slots        integer not null,
  api          text,
  connected_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  lease_until  timestamptz not null,
  draining_at  timestamptz,
  closed_at    timestamptz,
  close_reason text
) with (fillfactor = 50);
create index worker_sessions_open on worker_sessions (worker) where closed_at is null;
create index worker_sessions_closed on worker_sessions (closed_at) where closed_at is not null;

create table leadership (
  name        text primary key,
  term        bigint not null,
  holder      text,
  lease_until timestamptz not null,
  elected_at  timestamptz not null default clock_timestamp()
) with (fillfactor = 50);

-- Messages to the outside, written in the transaction that caused them.
create table outbox (
  id         bigint generated always as identity primary key,
  kind       text not null,
  payload    jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  due_at     timestamptz not null default clock_timestamp(),
  tries      integer not null default 0,
  sent_at    timestamptz,
  last_error text
);
create index outbox_pending on outbox (due_at) where sent_at is null;

-- Push ------------------------------------------------------------------------------------------

create table push_destinations (
  name          text primary key,
  kind          text not null,
  config_hash   text not null,
  state         jsonb not null default '{}',
  lease_owner   text,
  lease_epoch   bigint not null default 0,
  lease_until   timestamptz,
  paused        boolean not null default false,
  max_in_flight integer not null default 100,
  last_ok_at    timestamptz,
  last_error    text,
  last_error_at timestamptz,
  breaker_since timestamptz,
  breaker_until timestamptz,
  -- What keeps the changed file from being taken over.
  config_fault  text,
  -- No file of a pusher names it any more.
  removed_at    timestamptz,
  sync_asked_at timestamptz,
  synced_at     timestamptz,
  sync_found    jsonb
) with (fillfactor = 50);

create table push_jobs (
  id                  bigint generated always as identity primary key,
  task_instance_id    bigint not null references task_records (id) on delete cascade,
  attempt             integer not null,
  destination         text not null,
  external_name       text not null,
  external_id         text,
  -- Where a person sees the job or its log.
  link                text,
  scope               jsonb not null default '{}',
  phase               text not null check (phase in
                        ('intent', 'submitting', 'ambiguous', 'submitted', 'running', 'missing', 'done', 'lost_final')),
  spec                jsonb not null,
  spec_hash           text not null,
  flags               integer not null default 0,
  submit_tries        integer not null default 0,
  next_action_at      timestamptz not null default clock_timestamp(),
  ambiguous_since     timestamptz,
  miss_count          integer not null default 0,
  claimed_by_epoch    bigint not null,
  created_at          timestamptz not null default clock_timestamp(),
  submitted_at        timestamptz,
  remote_started_at   timestamptz,
  remote_finished_at  timestamptz,
  last_observed_at    timestamptz,
  remote_status       text,
  reason_code         text,
  reason              text,
  exit_code           integer,
  signal              integer,
  failure_class       text,
  log_ref             jsonb,
  detail              jsonb,
  deadline_at         timestamptz,
  cancel_requested_at timestamptz,
  cancel_reason       text,
  cancel_sent_at      timestamptz,
  cancel_tries        integer not null default 0,
  claim               text,
  claimed_at          timestamptz,
  settle_by           timestamptz,
  unique (task_instance_id, attempt),
  unique (destination, external_name)
) with (fillfactor = 70);
create index push_jobs_open on push_jobs (destination, phase, next_action_at) where phase not in ('done', 'lost_final');
create index push_jobs_open_by_task on push_jobs (task_instance_id desc) where phase not in ('done', 'lost_final');
create index push_jobs_unsettled on push_jobs (destination) where settle_by is not null;
create index push_jobs_external on push_jobs (destination, external_id) where external_id is not null;

-- Access ----------------------------------------------------------------------------------------

-- Who may call. Of the token itself, which is 256 bits at random, only the sha256 is here.
create table api_tokens (
  id           bigint generated always as identity primary key,
  name         text not null,
  role         text not null check (role in ('viewer', 'operator', 'admin', 'worker')),
  hash         bytea not null unique check (length(hash) = 32),
  created_at   timestamptz not null default clock_timestamp(),
  created_by   text,
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz,
  revoked_by   text
) with (fillfactor = 70);
create unique index api_tokens_live_name on api_tokens (name) where revoked_at is null;

-- Every change that somebody asked for, in the transaction of the change; of a submission the instance itself says by whom.
create table audit_log (
  id          bigint generated always as identity primary key,
  at          timestamptz not null default clock_timestamp(),
  actor       text not null,
  role        text,
  token_id    bigint,
  method      text not null,
  target_kind text not null,
  target      text not null,
  detail      jsonb,
  request_id  text not null
);
create index audit_log_by_target on audit_log (target_kind, target, id desc);

-- Views for people and BI tools; their names and columns are promised ------------------------------

-- The true status of every task instance at this moment, whatever the physical split.
create view task_instances as
select r.id, r.task_name, r.version_id, r.workflow_instance_id, r.node_key, nullif(r.map_index, -1) as map_index,
       case when l.id is not null then 'running' else r.status end as status,
       r.priority, n.queue, n.destination as push_destination, n.handler,
       coalesce(l.attempt, r.attempt) as attempt, r.failures, r.losses,
       case
         when l.id is not null or r.finished_at is not null then null
         when b.id is not null then 'concurrency(' || b.limit_key || ')'
         when d.id is not null and r.status = 'retry' then 'retry_delay'
         when d.id is not null then 'not_before'
         when q.id is not null and n.destination is null and not exists (
           select from worker_sessions s
            where s.closed_at is null and s.lease_until > now() and n.queue = any (s.queues)
              and (s.tasks = '{}' or n.task_name = any (s.tasks)) and n.handler = any (s.handlers)
              and s.labels @> n.labels)
           then 'no_worker(' || (
             -- The first thing that no live worker of the ones left has.
             select case
                      when coalesce(bool_or(n.queue = any (s.queues)), false) is false then 'queue ' || n.queue
                      when bool_or(n.queue = any (s.queues) and n.handler = any (s.handlers)) is false
                        then case n.handler when '@bash' then 'bash' else 'handler ' || n.handler end
                      when bool_or(n.queue = any (s.queues) and n.handler = any (s.handlers) and s.labels @> n.labels) is false
                        then 'labels ' || (select string_agg(e.key || '=' || e.value, ',' order by e.key) from jsonb_each_text(n.labels) e)
                      else 'task ' || n.task_name
                    end
               from worker_sessions s
              where s.closed_at is null and s.lease_until > now()) || ')'
         when q.id is not null and n.destination is not null then (
           select case
                    when p.name is null then 'no_destination(' || n.destination || ')'
                    when p.removed_at is not null then 'destination_removed(' || p.name || ')'
                    when p.paused then 'destination_paused(' || p.name || ')'
                    when p.lease_until is null or p.lease_until < now() then 'no_pusher(' || p.name || ')'
                    when p.state ->> 'breaker' = 'open' then 'destination_breaker(' || p.name || ')'
                    when p.max_in_flight <= (select count(*) from push_jobs f
                                              where f.destination = p.name and f.phase not in ('done', 'lost_final'))
                      then 'destination_full(' || p.name || ')'
                    else 'ready'
                  end
             from (values (0)) one left join push_destinations p on p.name = n.destination)
         when q.id is not null then 'ready'
         -- Of a job that exists: who should follow it does not.
         when n.destination is not null and r.status in ('pushed', 'running') then (
           select case
                    when p.removed_at is not null then 'destination_removed(' || p.name || ')'
                    when p.lease_until is null or p.lease_until < now() then 'no_pusher(' || p.name || ')'
                    when r.status = 'pushed' and p.state ->> 'breaker' = 'open' then 'destination_breaker(' || p.name || ')'
                  end
             from push_destinations p where p.name = n.destination)
       end as waiting_for,
       r.reason, r.message, r.exit_code, r.params, r.output,
       coalesce(s.worker, r.worker) as worker, r.unique_key, r.run_at, d.due_at, r.expires_at, r.timeout_ms,
       r.scheduled_for, r.schedule_id, r.trace_parent, r.submitted_by,
       coalesce(l.cancel_requested_at, r.cancel_requested_at,
                (select j.cancel_requested_at from push_jobs j
                  where n.destination is not null and j.task_instance_id = r.id and j.attempt = r.attempt
                    and r.finished_at is null)) as cancel_requested_at,
       r.start_by, r.finish_by, r.sla_missed_at, r.created_at,
       coalesce(r.started_at, l.leased_at) as started_at, l.leased_at, l.deadline_at, r.finished_at
  from task_records r
  join lanes n on n.id = r.lane_id
  left join task_leases l on l.id = r.id
  left join worker_sessions s on s.id = l.session_id
  left join task_queue q on q.id = r.id
  left join task_delayed d on d.id = r.id
  left join task_blocked b on b.id = r.id;

create view v_task_instances as select * from task_instances;
create view v_workflow_instances as select * from workflow_instances;

create view v_task_attempts as
select task_instance_id, attempt, lease_id, worker, session_id, leased_at, ended_at, outcome, next_status, reason,
       message, exit_code, detail, trace_parent
  from task_attempts
union all
select l.id, l.attempt, l.lease_id, s.worker, l.session_id, l.leased_at, null, 'running', 'running', null, null, null, null, null
  from task_leases l left join worker_sessions s on s.id = l.session_id
union all
select task_instance_id, attempt, null, 'push:' || destination, null, created_at, null, 'running', 'running', null, null, null, null,
       spec -> 'env' ->> 'TRACEPARENT'
  from push_jobs where phase not in ('done', 'lost_final');

create view v_push_jobs as
select id, task_instance_id, attempt, destination, external_name, external_id, link, phase, remote_status, submit_tries,
       created_at, submitted_at, remote_started_at, remote_finished_at, last_observed_at, reason_code, reason, exit_code,
       failure_class, deadline_at, cancel_requested_at, cancel_sent_at, cancel_tries
  from push_jobs;

create view v_task_events as
select id as task_instance_id, workflow_instance_id, 'submitted' as type, created_at as at, submitted_by as actor,
       null::text as reason, null::integer as attempt, null::jsonb as detail
  from task_records
union all
select a.task_instance_id, r.workflow_instance_id, 'leased', a.leased_at, a.worker, null, a.attempt, null
  from v_task_attempts a join task_records r on r.id = a.task_instance_id
union all
select a.task_instance_id, r.workflow_instance_id, a.outcome, a.ended_at, a.worker, a.reason, a.attempt, a.detail
  from task_attempts a join task_records r on r.id = a.task_instance_id
union all
select task_instance_id, workflow_instance_id, type, at, actor, reason, (detail ->> 'attempt')::integer, detail
  from task_events;

create view v_schedule_slots as
select s.schedule_id, c.kind, c.target_name, s.slot, s.outcome, s.reason, s.task_instance_id, s.workflow_instance_id,
       s.decided_at, s.decided_at - s.slot as lag
  from schedule_slots s join schedules c on c.id = s.schedule_id;

create view v_audit_log as
select id, at, actor, role, token_id, method, target_kind, target, detail, request_id
  from audit_log;

create view v_queue as
select n.queue, n.task_name, n.destination as push_destination, count(*) as ready,
       min(to_timestamp(q.rank / 1000.0)) as oldest_rank
  from task_queue q join lanes n on n.id = q.lane_id
 group by n.queue, n.task_name, n.destination;

create view v_workers as
select distinct on (worker) worker, host, version, queues, tasks, labels, slots, connected_at, heartbeat_at,
       (closed_at is null and lease_until > now()) as alive, draining_at, id as session_id,
       (select count(*) from task_leases l where l.session_id = s.id) as leased
  from worker_sessions s
 order by worker, id desc;
