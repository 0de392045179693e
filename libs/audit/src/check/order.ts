import { ENDED_TASK, type Check } from '../check.js';

const NODES = `
  node as materialized (
    select v.id as version_id, n ->> 'key' as node_key, coalesce(n ->> 'trigger', 'all_success') as trigger,
           coalesce((n ->> 'allow_failure')::boolean, false) as allow_failure, coalesce(n -> 'depends_on', '[]') as depends_on
      from definition_versions v cross join lateral jsonb_array_elements(v.spec -> 'tasks') n
     where v.kind = 'workflow'
  )`;

const BAD = `('failed', 'cancelled', 'dequeued')`;

/** Each task that has dependencies, of runs that were not run again, with what these had come to. */
const JUDGED = `
  ${NODES}, judged as (
    select c.id, w.id as workflow_instance_id, w.cancel_requested_at, e.node_key, e.trigger, c.status, c.reason, c.created_at,
           count(*) filter (where d.finished_at is null) as open,
           count(*) filter (where d.status = 'success') as success,
           count(*) filter (where d.status in ${BAD} or d.status = 'skipped' and
             d.reason in ('upstream_failed', 'failure_policy', 'workflow_cancelled')) as failure,
           count(*) filter (where d.status = 'skipped' and
             coalesce(d.reason, '') not in ('upstream_failed', 'failure_policy', 'workflow_cancelled')) as skipped,
           count(*) filter (where d.finished_at > c.created_at) as late,
           count(*) filter (where d.finished_at <= c.created_at and d.status = 'success') as success_before,
           count(*) filter (where d.finished_at <= c.created_at and (d.status in ${BAD} or d.status = 'skipped' and
             d.reason in ('upstream_failed', 'failure_policy', 'workflow_cancelled'))) as failure_before,
           jsonb_object_agg(p.dep, coalesce(d.status, 'undecided')) as dependencies
      from node e
     cross join lateral jsonb_array_elements_text(e.depends_on) p (dep)
      join workflow_instances w on w.version_id = e.version_id and w.run_number = 1
      join task_records c on c.workflow_instance_id = w.id and c.node_key = e.node_key
      left join task_records d on d.workflow_instance_id = w.id and d.node_key = p.dep
     group by c.id, w.id, e.node_key, e.trigger
  ), verdict as (
    select j.*, case trigger
             when 'all_success' then failure = 0 and skipped = 0
             when 'all_failed' then success = 0 and skipped = 0
             when 'all_skipped' then success = 0 and failure = 0
             when 'one_success' then success > 0
             when 'one_failed' then failure > 0
             when 'one_done' then success + failure > 0
             when 'none_failed' then failure = 0
             when 'none_failed_min_one_success' then failure = 0 and success > 0
             when 'none_skipped' then skipped = 0
             else trigger in ('all_done', 'always') end as met
      from judged j
  )`;

export const order: readonly Check[] = [
  {
    invariant: 'I6',
    name: 'starts-when-its-trigger-is-met',
    holds: 'a task of a run begins only after its dependencies have come to what its trigger asks for',
    means:
      'It ran too early, or although what it depends on had failed or was skipped: it may have worked on missing inputs.',
    sql: `
      with ${JUDGED}
      select workflow_instance_id, id, node_key, trigger, status, created_at, dependencies, open, late
        from verdict
       where status <> 'skipped'
         and case trigger
               when 'one_success' then success_before = 0
               when 'one_failed' then failure_before = 0
               when 'one_done' then success_before + failure_before = 0
               else open > 0 or late > 0 or not met end`,
  },
  {
    invariant: 'I6',
    name: 'rerun-starts-after-its-dependencies',
    holds: 'in a run that was run again, what waits for successes has begun only after each of them',
    means: 'It ran before what it depends on was done again: it may have worked on missing inputs.',
    sql: `
      with ${NODES}
      select w.id as workflow_instance_id, w.run_number, c.id, e.node_key, c.status, c.run_at, p.dep, d.status as dependency_status,
             d.finished_at as dependency_finished_at
        from node e
       cross join lateral jsonb_array_elements_text(e.depends_on) p (dep)
        join workflow_instances w on w.version_id = e.version_id and w.run_number > 1
        join task_records c on c.workflow_instance_id = w.id and c.node_key = e.node_key and c.status in ('success', 'queued', 'retry')
        left join task_records d on d.workflow_instance_id = w.id and d.node_key = p.dep
       where e.trigger = 'all_success' and (d.status is distinct from 'success' or d.finished_at > c.run_at)`,
  },
  {
    invariant: 'I6',
    name: 'skipped-for-what-its-reason-says',
    holds: 'a task of a run is skipped only after its dependencies have ended, and for the reason that it gives',
    means: 'It should have run, or its reason misleads whoever looks for the cause.',
    sql: `
      with ${JUDGED}
      select workflow_instance_id, id, node_key, trigger, reason, dependencies, open, late
        from verdict v
       where status = 'skipped'
         and (open > 0 or late > 0
              or case reason
                   when 'upstream_failed' then met or failure = 0
                   when 'upstream_skipped' then met or skipped = 0
                   when 'trigger_unmet' then met
                   when 'workflow_cancelled' then cancel_requested_at is null
                   when 'failure_policy' then not exists (
                     select from task_records f where f.workflow_instance_id = v.workflow_instance_id and f.status in ${BAD})
                   else true end)`,
  },
  {
    invariant: 'I6',
    name: 'every-node-decided',
    holds: 'a workflow instance that was decided to its end has one record for every task of its graph',
    means: 'The run was told as over before all of its tasks were; what is missing has not run.',
    sql: `
      select w.id as workflow_instance_id, w.workflow_name, w.status, w.reason, w.nodes_total, w.nodes_done, count(r.id) as records
        from workflow_instances w
        left join task_records r on r.workflow_instance_id = w.id and r.map_index = -1
       where w.finished_at is not null and w.started_at is not null and w.reason is distinct from 'ENGINE_FAULT'
       group by w.id having count(r.id) <> w.nodes_total or w.nodes_done <> w.nodes_total`,
  },
  {
    invariant: 'I6',
    name: 'record-is-a-node-of-its-graph',
    holds: 'a task of a run stands in the graph of the version that the run is pinned to, once',
    means: 'The run has a task that its definition does not know, or one of them twice.',
    sql: `
      with ${NODES}
      select r.workflow_instance_id, r.node_key, count(*) as records, (array_agg(r.id order by r.id))[1:5] as ids,
             bool_or(n.version_id is not null) as in_the_graph
        from task_records r
        join workflow_instances w on w.id = r.workflow_instance_id
        left join node n on n.version_id = w.version_id and n.node_key = r.node_key
       group by r.workflow_instance_id, r.node_key, r.map_index
      having count(*) > 1 or not bool_or(n.version_id is not null)`,
  },
  {
    invariant: 'I6',
    name: 'workflow-agrees-with-its-tasks',
    holds: 'a run succeeds when no task of it failed that may not, and fails for its tasks only when one did',
    means: 'Whoever waits for the run was told the wrong end.',
    sql: `
      with ${NODES}, bad as (
        select w.id, count(r.id) as failed
          from workflow_instances w
          join task_records r on r.workflow_instance_id = w.id and r.status in ${BAD}
          join node n on n.version_id = w.version_id and n.node_key = r.node_key and not n.allow_failure
         group by w.id
      )
      select w.id as workflow_instance_id, w.workflow_name, w.status, w.reason, coalesce(b.failed, 0) as failed_tasks
        from workflow_instances w left join bad b on b.id = w.id
       where w.status = 'success' and b.id is not null
          or w.status = 'failed' and w.reason = 'TASK_FAILED' and b.id is null`,
  },
  {
    invariant: 'I6',
    name: 'progress-is-counted',
    holds: 'a run that goes on, with nothing left to apply, has counted as done exactly its tasks that have ended',
    means: 'The run will end too early, or never.',
    sql: `
      select w.id as workflow_instance_id, w.workflow_name, w.nodes_done, count(r.id) as ended
        from workflow_instances w
        left join task_records r on r.workflow_instance_id = w.id and r.status in ${ENDED_TASK}
       where w.status = 'running' and w.run_number = 1 and w.reason is null
         and not exists (select from workflow_changes c where c.workflow_instance_id = w.id)
       group by w.id having count(r.id) <> w.nodes_done`,
  },
];
