import type { Queryable, Statement } from '../db.js';

/**
 * How a job stands for the containers that run it.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only. Caller: the verbs of claimed jobs.
 */
export const claimStateStatement: Statement = {
  name: 'push_claim_state',
  text: `
select j.claim, j.phase in ('done', 'lost_final') as closed, a.outcome, j.external_name, j.destination,
       j.cancel_requested_at is not null or j.failure_class is not null as stopping,
       coalesce(j.cancel_reason, case when j.cancel_requested_at is null then j.failure_class end) as stop_reason
  from push_jobs j
  left join task_attempts a on a.task_instance_id = j.task_instance_id and a.attempt = j.attempt
 where j.id = $1`,
};

export interface ClaimState {
  readonly claim: string | null;
  readonly closed: boolean;
  /** Of the attempt, once it has ended. */
  readonly outcome: string | null;
  readonly external_name: string;
  readonly destination: string;
  /** Its end is wanted: by a cancel or because its time ran out. */
  readonly stopping: boolean;
  readonly stop_reason: string | null;
}

export async function claimState(q: Queryable, id: string): Promise<ClaimState | undefined> {
  return (await q.query<ClaimState>(claimStateStatement, [id]))[0];
}
