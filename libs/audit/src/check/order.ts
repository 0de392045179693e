import type { Check } from '../check.js';

const EDGES = `
  with edges as (
    select v.id as version_id, n ->> 'key' as node_key, d.dep, coalesce(n ->> 'trigger', 'all_success') as trigger
      from definition_versions v
     cross join lateral jsonb_array_elements(v.spec -> 'tasks') n
     cross join lateral jsonb_array_elements_text(coalesce(n -> 'depends_on', '[]')) d(dep)
     where v.kind = 'workflow'
  )`;

export const order: readonly Check[] = [
  {
    invariant: 'I6',
    name: 'starts-after-its-dependencies',
    holds: 'a task with trigger all_success exists only after each of its dependencies has succeeded',
    sql: `${EDGES}
      select w.id as workflow_instance_id, child.id, e.node_key, e.dep, dep.status as dependency_status,
             child.created_at, dep.finished_at as dependency_finished_at
        from workflow_instances w
        join edges e on e.version_id = w.version_id and e.trigger = 'all_success'
        join task_records child on child.workflow_instance_id = w.id and child.node_key = e.node_key
         and child.status <> 'skipped'
        left join task_records dep on dep.workflow_instance_id = w.id and dep.node_key = e.dep
       where w.run_number = 1
         and (dep.id is null or dep.status <> 'success' or dep.finished_at > child.created_at)`,
  },
  {
    invariant: 'I6',
    name: 'every-node-decided',
    holds: 'a workflow instance that ended as success has a record for every task of its graph',
    sql: `
      select w.id as workflow_instance_id, w.nodes_total, w.nodes_done, count(r.id) as records
        from workflow_instances w
        left join task_records r on r.workflow_instance_id = w.id and r.map_index = -1
       where w.status = 'success'
       group by w.id having count(r.id) <> w.nodes_total or w.nodes_done <> w.nodes_total`,
  },
];
