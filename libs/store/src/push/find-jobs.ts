import type { Queryable, Statement } from '../db.js';

/**
 * Open jobs of a destination in one of these phases.
 *
 * Locks: none. Index: push_jobs_open. Idempotent: reads only. Caller: the holder of the destination.
 */
export const findJobsStatement: Statement = {
  name: 'push_find_jobs',
  text: `
select j.id, j.task_instance_id, j.attempt, j.external_name, j.external_id, j.scope, j.spec_hash, j.phase, j.remote_status,
       j.miss_count, j.submit_tries, j.cancel_tries, j.log_ref, j.claim, r.task_name, w.workflow_name,
       coalesce(j.cancel_reason, j.failure_class) as stop_reason,
       j.cancel_requested_at is not null or j.failure_class is not null as stopping,
       j.cancel_requested_at is not null as cancelled, j.next_action_at <= clock_timestamp() as due,
       coalesce(extract(epoch from clock_timestamp() - j.ambiguous_since) * 1000, 0)::bigint::text as doubt_ms,
       coalesce(extract(epoch from clock_timestamp() - j.submitted_at) * 1000, 0)::bigint::text as age_ms
  from push_jobs j
  join task_records r on r.id = j.task_instance_id
  left join workflow_instances w on w.id = r.workflow_instance_id
 where j.destination = $1 and j.phase = any ($2::text[]) and j.phase not in ('done', 'lost_final')
 order by j.id`,
};

export type PushPhase = 'intent' | 'submitting' | 'ambiguous' | 'submitted' | 'running' | 'missing';

export interface PushJobRow {
  readonly id: string;
  readonly task_instance_id: string;
  readonly attempt: number;
  readonly external_name: string;
  readonly external_id: string | null;
  readonly scope: unknown;
  readonly spec_hash: string;
  readonly phase: PushPhase;
  readonly remote_status: string | null;
  readonly miss_count: number;
  readonly submit_tries: number;
  readonly cancel_tries: number;
  /** How far its log is stored. */
  readonly log_ref: unknown;
  /** The container that runs it: `KIND:ID` or `KIND:ID:RUN`; null for one that has not claimed. */
  readonly claim: string | null;
  readonly task_name: string;
  readonly workflow_name: string | null;
  readonly stop_reason: string | null;
  /** Its end is wanted: by a cancel or because its time ran out. */
  readonly stopping: boolean;
  readonly cancelled: boolean;
  readonly due: boolean;
  /** Milliseconds since it is ambiguous or missing. */
  readonly doubt_ms: string;
  /** Milliseconds since it was submitted. */
  readonly age_ms: string;
}

export function findJobs(q: Queryable, destination: string, phases: readonly PushPhase[]): Promise<PushJobRow[]> {
  return q.query<PushJobRow>(findJobsStatement, [destination, phases]);
}
