import type { Queryable, Statement } from '../db.js';

/**
 * What there is to do for the scheduler, and when next: one look instead of a query per duty.
 *
 * Locks: none. Index: the first entry of each duty's own index (schedules_due, schedule_slots_buffered,
 * workflow_instances_live, workflow_changes_pkey, task_delayed_due, task_expiries_due, task_leases_deadline, workflow_instances_deadline, sla_watches_due).
 * Idempotent: reads only. Caller: the elected scheduler, each second and when it is woken.
 */
export const surveyStatement: Statement = {
  name: 'scheduler_survey',
  text: `
select clock_timestamp() as now,
       (select min(next_at) from schedules where active and next_at is not null) as schedule_at,
       exists (select from schedule_slots where outcome = 'buffered') as buffered,
       (select min(run_at) from workflow_instances where status = 'queued') as queued_run_at,
       (select min(run_at) from workflow_instances where status = 'queued' and run_at > now()) as next_run_at,
       (select min(id) from workflow_changes) is not null as changed,
       (select min(due_at) from task_delayed) as delayed_at,
       (select min(expires_at) from task_expiries) as expiry_at,
       exists (select from task_blocked) as blocked,
       (select min(lease_until) from worker_sessions where closed_at is null) as session_until,
       (select min(deadline_at) from task_leases where deadline_at is not null) as task_deadline_at,
       (select min(deadline_at) from workflow_instances
         where status = 'running' and deadline_at is not null and cancel_requested_at is null) as run_deadline_at,
       (select min(due_at) from sla_watches) as promise_at`,
};

/** Moments are null where there is nothing to wait for. */
export interface Survey {
  readonly now: Date;
  readonly schedule_at: Date | null;
  readonly buffered: boolean;
  readonly queued_run_at: Date | null;
  readonly next_run_at: Date | null;
  readonly changed: boolean;
  readonly delayed_at: Date | null;
  readonly expiry_at: Date | null;
  readonly blocked: boolean;
  readonly session_until: Date | null;
  readonly task_deadline_at: Date | null;
  readonly run_deadline_at: Date | null;
  readonly promise_at: Date | null;
}

export async function survey(q: Queryable): Promise<Survey> {
  const [row] = await q.query<Survey>(surveyStatement);
  if (!row) throw new Error('the survey gave no row');
  return row;
}
