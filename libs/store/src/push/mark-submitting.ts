import type { Queryable, Statement } from '../db.js';

/**
 * Says of intents that a call may be under way for them from now on.
 *
 * Locks: the rows, skipping what others hold (a cancel). Index: push_jobs_open. Idempotent: guarded by the phase; an intent
 * whose end is wanted is left to be cancelled, and one whose earlier attempt is not known to be over at its destination waits. Caller: markSubmitting under its fence.
 */
export const markSubmittingStatement: Statement = {
  name: 'push_mark_submitting',
  text: `
with due as (
  select id from push_jobs j
   where destination = $1 and phase = 'intent' and next_action_at <= statement_timestamp() and cancel_requested_at is null
     and not exists (select from push_jobs e where e.task_instance_id = j.task_instance_id and e.settle_by is not null)
   order by next_action_at, id limit $2 for update skip locked
), marked as (
  update push_jobs j set phase = 'submitting', submit_tries = j.submit_tries + 1 from due where j.id = due.id
  returning j.id, j.task_instance_id, j.attempt, j.external_name, j.spec, j.scope, j.spec_hash, j.submit_tries
)
select m.*, r.task_name, w.workflow_name
  from marked m
  join task_records r on r.id = m.task_instance_id
  left join workflow_instances w on w.id = r.workflow_instance_id
 order by m.id`,
};

export interface MarkedJob {
  readonly id: string;
  readonly task_instance_id: string;
  readonly attempt: number;
  readonly external_name: string;
  /** As it was given to insertJobs, parsed. */
  readonly spec: unknown;
  readonly scope: unknown;
  readonly spec_hash: string;
  readonly submit_tries: number;
  readonly task_name: string;
  readonly workflow_name: string | null;
}

export function markSubmitting(q: Queryable, destination: string, limit: number): Promise<MarkedJob[]> {
  return q.query<MarkedJob>(markSubmittingStatement, [destination, limit]);
}
