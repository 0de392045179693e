import type { Queryable, Statement } from '../db.js';

/**
 * Takes the watches whose moment has come; instances that have not kept it are marked and get an event, once.
 *
 * Locks: the watches, skipping what others hold, and the rows of instances that are late. Index: sla_watches_due, primary
 * keys. Idempotent: a watch is deleted with what it caused. Caller: the scheduler under its fence.
 */
export const settleWatchesStatement: Statement = {
  name: 'sla_settle_watches',
  text: `
with due as (
  delete from sla_watches
   where id = any (array(select id from sla_watches where due_at <= coalesce($1::timestamptz, statement_timestamp())
                          order by due_at limit $2 for update skip locked))
  returning kind, due_at, task_instance_id, workflow_instance_id
), late_tasks as (
  select d.kind, d.due_at, r.id, r.workflow_instance_id
    from due d
    join task_records r on r.id = d.task_instance_id
    left join task_leases l on l.id = r.id
   where case d.kind when 'finish' then coalesce(r.finished_at > d.due_at, true)
                     else coalesce(coalesce(r.started_at, l.leased_at, r.finished_at) > d.due_at, true) end
), late_workflows as (
  select d.kind, d.due_at, w.id
    from due d
    join workflow_instances w on w.id = d.workflow_instance_id
   where case d.kind when 'finish' then coalesce(w.finished_at > d.due_at, true)
                     else coalesce(coalesce(w.started_at, w.finished_at) > d.due_at, true) end
), marked_tasks as (
  update task_records set sla_missed_at = coalesce($1::timestamptz, clock_timestamp())
   where id = any (array(select id from late_tasks)) and sla_missed_at is null
), marked_workflows as (
  update workflow_instances set sla_missed_at = coalesce($1::timestamptz, clock_timestamp())
   where id = any (array(select id from late_workflows)) and sla_missed_at is null
), events as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor, reason, detail)
  select id, workflow_instance_id, 'sla_missed', 'scheduler',
         case kind when 'start' then 'NOT_STARTED_IN_TIME' else 'NOT_FINISHED_IN_TIME' end,
         jsonb_build_object('due_at', due_at)
    from late_tasks
  union all
  select null, id, 'sla_missed', 'scheduler',
         case kind when 'start' then 'NOT_STARTED_IN_TIME' else 'NOT_FINISHED_IN_TIME' end,
         jsonb_build_object('due_at', due_at)
    from late_workflows
)
select (select count(*)::integer from due) as taken,
       (select count(*)::integer from late_tasks) + (select count(*)::integer from late_workflows) as missed`,
};

export interface SettledWatches {
  readonly taken: number;
  readonly missed: number;
}

export async function settleWatches(
  q: Queryable,
  input: { limit: number; now?: Date | undefined },
): Promise<SettledWatches> {
  const rows = await q.query<SettledWatches>(settleWatchesStatement, [input.now ?? null, input.limit]);
  return rows[0] ?? { taken: 0, missed: 0 };
}
