import { ENDED_TASK, ENDED_WORKFLOW, TASK_ENDS, type Check } from '../check.js';

export const reasons: readonly Check[] = [
  {
    invariant: 'I7',
    name: 'terminal-task-has-reason',
    holds: 'an instance that did not succeed says why, and every ended instance says when',
    means: 'Nobody can tell why it ended. Its attempts and events may say.',
    sql: `
      select id, task_name, status, reason, finished_at from task_records
       where status in ${ENDED_TASK} and (finished_at is null or (status <> 'success' and reason is null))`,
  },
  {
    invariant: 'I7',
    name: 'live-task-is-not-finished',
    holds: 'an instance has one of the statuses that there are, and an end time only with a terminal one',
    means: 'It is neither running nor over: no service will touch it again.',
    sql: `
      select id, task_name, status, finished_at from task_records
       where status not in ('waiting', 'queued', 'pushed', 'running', 'retry', 'success', 'failed', 'cancelled', 'dequeued', 'skipped')
          or finished_at is not null and status not in ${ENDED_TASK}`,
  },
  {
    invariant: 'I7',
    name: 'terminal-workflow-has-reason',
    holds: 'a workflow instance that did not succeed says why, every ended one says when, and no other does',
    means: 'Nobody can tell why the run ended, or it is neither running nor over.',
    sql: `
      select id, workflow_name, status, reason, finished_at from workflow_instances
       where status in ${ENDED_WORKFLOW} and (finished_at is null or (status <> 'success' and reason is null))
          or status not in ${ENDED_WORKFLOW} and finished_at is not null`,
  },
  {
    invariant: 'I7',
    name: 'terminal-state-has-event',
    holds: 'every end of an instance is in its history: the attempt that gave it, or an event of that name',
    means: 'It was ended without a trace in its timeline, by hand or by a fault.',
    sql: `
      with ${TASK_ENDS}
      select r.id, r.task_name, r.status, r.reason, r.finished_at, coalesce(e.ends, 0) as ends, coalesce(d.redrives, 0) as redrives
        from task_records r
        left join ends e on e.id = r.id
        left join redrives d on d.id = r.id
       where coalesce(e.ends, 0) < coalesce(d.redrives, 0) + case when r.finished_at is null then 0 else 1 end`,
  },
  {
    invariant: 'I7',
    name: 'workflow-has-its-events',
    holds: 'each start, each end and each re-run of a workflow instance is one event',
    means: 'The timeline of the run lies: it was changed without an event, or an event came twice.',
    sql: `
      with told as (
        select workflow_instance_id as id, count(*) filter (where type in ${ENDED_WORKFLOW}) as ends,
               count(*) filter (where type = 'started') as starts, count(*) filter (where type = 'rerun') as reruns,
               count(*) filter (where type = 'started' and (detail ->> 'run_number')::integer > 1) as restarts,
               array_agg(type) as types
          from task_events where workflow_instance_id is not null and task_instance_id is null
         group by workflow_instance_id
      )
      select w.id, w.workflow_name, w.status, w.run_number, w.started_at, coalesce(t.ends, 0) as ends,
             coalesce(t.starts, 0) as starts, coalesce(t.reruns, 0) as reruns
        from workflow_instances w left join told t on t.id = w.id
       where coalesce(t.ends, 0) <> w.run_number - 1 + case when w.finished_at is null then 0 else 1 end
          or coalesce(t.reruns, 0) <> w.run_number - 1
          or coalesce(t.starts, 0) > w.run_number
          or w.started_at is not null and coalesce(t.starts, 0) = 0
          or w.finished_at is not null and w.status <> all (coalesce(t.types, '{}'))`,
  },
  {
    invariant: 'I7',
    name: 'unsuccessful-attempt-has-reason',
    holds: 'an attempt that did not succeed says why',
    means: 'Nobody can tell why it was tried again, or why it was not.',
    sql: `
      select task_instance_id as id, attempt, outcome, next_status, worker, ended_at
        from task_attempts where outcome <> 'success' and reason is null`,
  },
  {
    invariant: 'I7',
    name: 'lost-attempt-has-event',
    holds: 'every lost attempt is an event, and every such event a lost attempt',
    means: 'A dead worker left no trace in the timeline, or one is told of that was not.',
    sql: `
      with lost as (
        select task_instance_id as id, attempt from task_attempts where outcome = 'lost'
      ), told as (
        select task_instance_id as id, (detail ->> 'attempt')::integer as attempt, count(*) as events
          from task_events where type = 'lease_lost' and task_instance_id is not null group by 1, 2
      )
      select coalesce(l.id, t.id) as id, coalesce(l.attempt, t.attempt) as attempt, l.id is not null as lost,
             coalesce(t.events, 0) as events
        from lost l full join told t on t.id = l.id and t.attempt = l.attempt
       where l.id is null or t.events is distinct from 1`,
  },
];
