import type { Queryable, Statement } from '../db.js';

/** What the outbox says of a promise that was not kept: a message of kind `sla_missed`. Null where it does not apply. */
export interface SlaMissed {
  /** Decimal text; of a task instance, also one of a workflow instance, which is then named too. */
  readonly task_instance_id: string | null;
  readonly task: string | null;
  readonly workflow_instance_id: string | null;
  readonly workflow: string | null;
  readonly reason: 'NOT_STARTED_IN_TIME' | 'NOT_FINISHED_IN_TIME';
  /** ISO 8601: the moment by which it was promised. */
  readonly due_at: string;
  /** ISO 8601: the slot of the schedule that it runs for. */
  readonly scheduled_for: string | null;
}

/**
 * Takes the watches whose moment has come; instances that have not kept it are marked, and each promise that was not kept
 * makes one event and one message (SlaMissed) in the outbox, in the order in which they were due.
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
  select case d.kind when 'start' then 'NOT_STARTED_IN_TIME' else 'NOT_FINISHED_IN_TIME' end as reason, d.due_at,
         r.id, r.task_name, r.workflow_instance_id, w.workflow_name, coalesce(r.scheduled_for, w.scheduled_for) as scheduled_for
    from due d
    join task_records r on r.id = d.task_instance_id
    left join task_leases l on l.id = r.id
    left join workflow_instances w on w.id = r.workflow_instance_id
   where case d.kind when 'finish' then coalesce(r.finished_at > d.due_at, true)
                     else coalesce(coalesce(r.started_at, l.leased_at, r.finished_at) > d.due_at, true) end
), late_workflows as (
  select case d.kind when 'start' then 'NOT_STARTED_IN_TIME' else 'NOT_FINISHED_IN_TIME' end as reason, d.due_at,
         w.id, w.workflow_name, w.scheduled_for
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
), late as (
  select id as task_instance_id, task_name as task, workflow_instance_id, workflow_name as workflow, reason, due_at, scheduled_for
    from late_tasks
  union all
  select null, null, id, workflow_name, reason, due_at, scheduled_for from late_workflows
), events as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor, reason, detail)
  select task_instance_id, workflow_instance_id, 'sla_missed', 'scheduler', reason, jsonb_build_object('due_at', due_at)
    from late
   order by due_at
), messages as (
  insert into outbox (kind, payload)
  select 'sla_missed',
         jsonb_build_object('task_instance_id', task_instance_id::text, 'task', task,
                            'workflow_instance_id', workflow_instance_id::text, 'workflow', workflow,
                            'reason', reason, 'due_at', due_at, 'scheduled_for', scheduled_for)
    from late
   order by due_at
)
select (select count(*)::integer from due) as taken,
       (select count(*)::integer from late) as missed`,
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
