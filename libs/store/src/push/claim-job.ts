import type { Queryable, Statement } from '../db.js';

/**
 * Lets one container run a job: the fence before anything of the user's starts. A container is `KIND:ID` or `KIND:ID:RUN`; a higher run
 * of the same id follows a lower one, as AWS Batch restarts a job on another host.
 *
 * Locks: the job's row. Index: primary keys. Idempotent: the claimant gets the same answer again; another container, and one whose
 * job has ended or is to end, gets none. Caller: claimPushedJob.
 */
export const claimJobStatement: Statement = {
  name: 'push_claim_job',
  text: `
with claimed as (
  update push_jobs j set claim = $2, claimed_at = coalesce(j.claimed_at, clock_timestamp())
   where j.id = $1 and j.phase not in ('done', 'lost_final') and j.cancel_requested_at is null and j.failure_class is null
     and (j.claim is null or j.claim = $2
          or split_part(j.claim, ':', 1) = split_part($2, ':', 1) and split_part(j.claim, ':', 2) = split_part($2, ':', 2)
             and coalesce(nullif(split_part(j.claim, ':', 3), '')::integer, 0)
                 < coalesce(nullif(split_part($2, ':', 3), '')::integer, 0))
  returning j.id, j.task_instance_id, j.attempt, j.spec, j.remote_status, j.destination
)
select c.*, r.task_name, r.version_id, r.workflow_instance_id, r.node_key, r.scheduled_for, r.priority, n.handler, w.workflow_name
  from claimed c
  join task_records r on r.id = c.task_instance_id
  join lanes n on n.id = r.lane_id
  left join workflow_instances w on w.id = r.workflow_instance_id`,
};

export interface ClaimedJob {
  readonly id: string;
  readonly task_instance_id: string;
  readonly attempt: number;
  /** As it was given to insertJobs, parsed. */
  readonly spec: unknown;
  readonly remote_status: string | null;
  readonly destination: string;
  readonly task_name: string;
  readonly version_id: string;
  readonly workflow_name: string | null;
  readonly workflow_instance_id: string | null;
  readonly node_key: string | null;
  readonly scheduled_for: Date | null;
  readonly priority: string;
  readonly handler: string;
}

export async function claimJob(q: Queryable, id: string, container: string): Promise<ClaimedJob | undefined> {
  return (await q.query<ClaimedJob>(claimJobStatement, [id, container]))[0];
}
