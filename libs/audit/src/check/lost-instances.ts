import { OPEN_JOB, type Check } from '../check.js';

const PLACES = `
  places as (
    select id, 'queue' as place from task_queue
    union all select id, 'delayed' from task_delayed
    union all select id, 'blocked' from task_blocked
    union all select id, 'lease' from task_leases
    union all select task_instance_id, 'push job' from push_jobs where ${OPEN_JOB}
  )`;

export const lostInstances: readonly Check[] = [
  {
    invariant: 'I1',
    name: 'live-instance-is-somewhere',
    holds: 'an instance that has not ended is in exactly one of queue, delayed, blocked, leases or open push jobs',
    means:
      'With 0 places nothing will ever run it: submit it again or `taskflow task cancel` it. With more than one it may run twice at once.',
    sql: `
      with ${PLACES}
      select r.id, r.task_name, r.status, r.attempt, count(p.id) as places, array_agg(p.place) as found_in
        from task_records r left join places p on p.id = r.id
       where r.finished_at is null and r.status <> 'waiting'
       group by r.id having count(p.id) <> 1`,
  },
  {
    invariant: 'I1',
    name: 'ended-instance-is-nowhere',
    holds: 'what is queued, delayed, blocked or leased is an instance that has not ended',
    means:
      'An instance that has ended, or does not exist (status null), is about to run or runs: its place was not cleared.',
    sql: `
      with ${PLACES}
      select p.id, p.place, r.task_name, r.status, r.finished_at
        from places p left join task_records r on r.id = p.id
       where p.place <> 'push job' and (r.id is null or r.finished_at is not null)`,
  },
  {
    invariant: 'I1',
    name: 'place-agrees-with-instance',
    holds:
      'a place in the queue is of the lane and the attempt of its instance, a lease of its lane and its next attempt',
    means: 'Workers that do not match it may be given the instance, or its completion will be refused.',
    sql: `
      select q.id, 'queue' as place, q.lane_id, r.lane_id as lane_of_instance, q.attempt, r.attempt as attempts_of_instance
        from task_queue q join task_records r on r.id = q.id
       where q.lane_id <> r.lane_id or q.attempt <> r.attempt
      union all
      select l.id, 'lease', l.lane_id, r.lane_id, l.attempt, r.attempt
        from task_leases l join task_records r on r.id = l.id
       where l.lane_id <> r.lane_id or l.attempt <> r.attempt + 1`,
  },
  {
    invariant: 'I1',
    name: 'running-workflow-has-something-to-wait-for',
    holds: 'a running workflow instance has a task that has not ended, or a change that is not yet applied',
    means: 'The run hangs for ever: nothing will advance it. `taskflow run cancel` it, then `taskflow run retry`.',
    sql: `
      select w.id, w.workflow_name, w.started_at, w.nodes_done, w.nodes_total
        from workflow_instances w
       where w.status = 'running'
         and not exists (select from task_records r where r.workflow_instance_id = w.id and r.finished_at is null)
         and not exists (select from workflow_changes c where c.workflow_instance_id = w.id)`,
  },
  {
    invariant: 'I1',
    name: 'ended-workflow-has-no-live-task',
    holds: 'no task of an ended workflow instance is still to run or running',
    means: 'The run was told as over while a task of it goes on; what that task does comes to nothing in the run.',
    sql: `
      select w.id as workflow_instance_id, w.workflow_name, w.status as workflow_status, r.id, r.node_key, r.status
        from task_records r join workflow_instances w on w.id = r.workflow_instance_id
       where r.finished_at is null and w.finished_at is not null`,
  },
  {
    invariant: 'I1',
    name: 'history-has-its-instance',
    holds: 'every attempt, event, log line and answered submission is of an instance that is stored',
    means: 'An instance was accepted and its row is gone. Find out who deleted it; its attempts tell what it did.',
    sql: `
      select x.said_by, 'task' as kind, x.id, count(*) as rows
        from (select 'attempt' as said_by, task_instance_id as id from task_attempts
              union all select 'event', task_instance_id from task_events where task_instance_id is not null
              union all select 'change', task_instance_id from workflow_changes where task_instance_id is not null) x
       where not exists (select from task_records r where r.id = x.id)
       group by x.said_by, x.id
      union all
      select x.said_by, 'workflow', x.id, count(*)
        from (select 'event' as said_by, workflow_instance_id as id from task_events where workflow_instance_id is not null
              union all select 'task', workflow_instance_id from task_records where workflow_instance_id is not null
              union all select 'change', workflow_instance_id from workflow_changes) x
       where not exists (select from workflow_instances w where w.id = x.id)
       group by x.said_by, x.id
      union all
      select 'submission ' || x.request_id, 'any', x.id, 1
        from (select request_id, (jsonb_path_query(results, '$.items[*] ? (@.type() == "string")') #>> '{}')::bigint as id
                from submissions) x
       where not exists (select from task_records r where r.id = x.id)
         and not exists (select from workflow_instances w where w.id = x.id)`,
  },
  {
    invariant: 'I1',
    name: 'unique-key-is-of-a-live-instance',
    holds: 'a unique key without an expiry is held by an instance that has not ended',
    means:
      'Submissions with this key are answered with an instance that will not run any more. Delete the row of unique_keys.',
    sql: `
      select k.task_or_workflow, k.key, k.task_instance_id, k.workflow_instance_id, coalesce(r.status, w.status) as status
        from unique_keys k
        left join task_records r on r.id = k.task_instance_id
        left join workflow_instances w on w.id = k.workflow_instance_id
       where k.expires_at is null
         and (coalesce(r.id, w.id) is null or r.finished_at is not null or w.finished_at is not null)`,
  },
];
