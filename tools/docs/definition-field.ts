import type { BashRun, ConcurrencyLimit, HandlerRun, ScheduleSpec, Sla } from '@taskflow/domain';
import type { TaskDefinition, WorkflowDefinition, WorkflowTask } from '@taskflow/domain';

/** A field as authors write it: durations lose the `_ms` that they are stored with. */
type Written<K> = K extends `${infer Name}_ms` ? Name : K;

/** What every field of T means: a field without a meaning, or a meaning without a field, does not compile. */
type Meanings<T> = Readonly<Record<Written<keyof T> & string, string>>;

export const TASK_FIELDS: Meanings<TaskDefinition> = {
  name: 'Unique among Tasks. Required.',
  title: 'For people, in lists.',
  description: 'For people: what it is for, what to do when it fails.',
  active:
    'Whether it may run. Counts when the name is registered for the first time; afterwards the database decides, so that a deploy does not undo a switch.',
  run: 'What an attempt does: see [run](#run). When absent, the handler named as the Task.',
  queue: 'The queue that its instances wait in. Workers say which queues they take from.',
  labels: 'Labels that a worker must carry, all of them.',
  default_priority: 'Priority of instances that are submitted without one. See [priorities](#priorities).',
  retries: 'Attempts that may follow attempts that failed.',
  retry_delay: 'Wait between the first failure and the next attempt.',
  retry: 'The shape of retries: see [retry](#retry).',
  infra_retries:
    'Attempts that may follow attempts that were lost with their worker, node or job. A budget of its own; when it is used up, the instance fails with `POISONED`.',
  timeout: 'How long one attempt may run.',
  start_timeout: 'How long an instance may wait for its first start once it is due; then it is `dequeued`.',
  concurrency: 'Instances that run at once, over all workers.',
  limits: 'Limits shared by key, also between Tasks: see [limits](#limits).',
  sla: 'Deadlines that are recorded when they are missed: see [sla](#sla).',
  params: 'JSON Schema of the params. Submissions that break it are refused, one violation per field.',
  defaults: 'Values beneath those of a submission. Defaults inside the schema are filled in too.',
  schedule: 'When it recurs: a cron expression, a map, or a list of these. See [schedule](#schedule).',
  start_date: 'No slot is before this day or moment. Copied into every schedule that has none of its own.',
  end_date: 'No slot is after this day or moment. Copied likewise.',
  push_destination: 'Runs at this push destination in place of a worker.',
  push: 'What the push destination is to make of it, in the destination’s own language; at most 64 KiB.',
};

export const RUN_FIELDS: Meanings<BashRun & HandlerRun> = {
  handler: 'Name of the code that a worker has registered.',
  bash: 'A script for `bash -c`. It is no template: values come to it as environment variables.',
  env: 'Further environment variables; their values may hold [references](#references).',
  input_file: 'Becomes standard input. May hold references.',
  output_file:
    'Standard output goes there instead of the log: written to a file, or sent with PUT. May hold references.',
};

export const RETRY_FIELDS: Meanings<TaskDefinition['retry']> = {
  factor: 'Each delay is the one before times this.',
  max_delay: 'No delay is longer. The default is `retry_delay` itself where that is longer.',
  jitter: 'Part of the delay by which it may be shorter or longer at random.',
  retry_on: 'With this or `exit_codes.retry`, only failures named by one of the two are tried again.',
  stop_on: 'Failures with these reasons are never tried again. Wins over `retry_on`.',
  exit_codes: '`{retry: [75], stop: [64]}`: the same for exit codes of commands.',
};

export const LIMIT_FIELDS: Meanings<ConcurrencyLimit> = {
  key: 'Instances with the same key share the limit. May hold `{{ params.NAME }}`.',
  max: 'How many of them run at once.',
};

export const SLA_FIELDS: Meanings<Sla> = {
  start_within: 'From when an instance is due to its start.',
  finish_within: 'From when an instance is due to its end. `sla: 2h` is short for this one.',
  expected_by:
    'Time of day, in the zone of the schedule, by which the scheduled instance of that day has ended. Needs a `schedule`.',
};

export const SCHEDULE_FIELDS: Meanings<ScheduleSpec> = {
  cron: 'A cron expression: see [cron](#cron). Either this or `every`.',
  every: 'An interval in real time, at least `1s`. Either this or `cron`.',
  anchor: 'A moment that is a slot of `every`. The default is the epoch.',
  timezone: 'IANA name. The host’s own zone never counts.',
  dst_gap: 'A wall-clock time that a change of the clocks skips: moved by the length of the gap, or dropped.',
  dst_overlap: 'A wall-clock time that comes twice: which of them is a slot.',
  misfire: 'Slots more than 60 s late because nobody was there to fire them: run none, the last one, or all.',
  max_lateness: 'A slot older than this never runs.',
  max_catchup: 'With misfire `all`: at most so many late slots run, the newest.',
  overlap: 'A slot that comes while an earlier run is not over: see [overlap](#overlap).',
  jitter: 'A run is put off by a fixed part of this, always the same for a schedule and slot.',
  start_date: 'No slot is before this moment, or the beginning of this day.',
  end_date: 'No slot is after this moment, or the end of this day.',
  exclude: 'Days on which slots do not run: `2026-12-25`, `2026-12-24/2026-12-26` or `{from, to}`.',
};

export const WORKFLOW_FIELDS: Meanings<WorkflowDefinition> = {
  name: 'Unique among Workflows. Required.',
  title: 'For people, in lists.',
  description: 'For people.',
  active: 'As of a Task.',
  default_priority: 'Priority of its instances, and of its own tasks unless they say otherwise.',
  params: 'JSON Schema of the params; tasks read them through `{{ params.NAME }}`.',
  concurrency: 'Instances that run at once; further ones wait as `queued`.',
  sla: 'Deadlines of an instance as a whole: see [sla](#sla).',
  schedule: 'When it recurs: see [schedule](#schedule).',
  start_date: 'As of a Task.',
  end_date: 'As of a Task.',
  timeout: 'How long an instance may run as a whole.',
  failure_policy: 'What a failed task means for the others: see [failure policy](#failure-policy).',
  tasks: 'The graph, 1 to 10,000 tasks: see [tasks of a workflow](#tasks-of-a-workflow). Required.',
};

export const WORKFLOW_TASK_FIELDS: Meanings<WorkflowTask> = {
  key: 'Its name within the Workflow. Required.',
  task: 'The registered Task that runs. When absent, the one named as the key, unless it is inline.',
  inline:
    'A Task of this Workflow alone, registered as `<workflow>.<key>`. Its fields may also be written beside the key: `{key: load, bash: …}`.',
  depends_on: 'Keys of the tasks before it; one may be written without the list.',
  trigger: 'What these must have come to: see [trigger rules](#trigger-rules).',
  allow_failure: 'Its failure does not fail the Workflow Instance; the tasks behind it see it as failed all the same.',
  params: 'Params of the task instance; texts in it may hold [references](#references).',
};
