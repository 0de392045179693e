import type { Queryable, Statement } from '../db.js';

/**
 * Takes unique keys that are free or have run out.
 *
 * Locks: the new rows; waits for a transaction that is taking the same key. A key that another holds is not locked, so that
 * whoever ends its instance can free it. Keys are taken in their order: two batches cannot wait for each other.
 * Index: unique_keys (task_or_workflow, key). Idempotent: a key that is held is absent from the answer. Caller: submit.
 */
export const claimKeysStatement: Statement = {
  name: 'submission_claim_keys',
  text: `
with input as materialized (
  select u.*, k.expires_at <= clock_timestamp() as has_run_out
    from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
           as u (task_or_workflow, key, task_instance_id, workflow_instance_id, ttl_ms)
    left join unique_keys k on k.task_or_workflow = u.task_or_workflow and k.key = u.key
), taken_over as (
  update unique_keys k
     set task_instance_id = i.task_instance_id, workflow_instance_id = i.workflow_instance_id,
         expires_at = clock_timestamp() + i.ttl_ms * interval '1 millisecond'
    from input i
   where i.has_run_out and k.task_or_workflow = i.task_or_workflow and k.key = i.key and k.expires_at <= clock_timestamp()
  returning k.task_or_workflow, k.key
), made as (
  insert into unique_keys (task_or_workflow, key, task_instance_id, workflow_instance_id, expires_at)
  select task_or_workflow, key, task_instance_id, workflow_instance_id,
         clock_timestamp() + ttl_ms * interval '1 millisecond'
    from input where has_run_out is not true order by task_or_workflow, key
  on conflict do nothing
  returning task_or_workflow, key
)
select task_or_workflow, key from made
 union all
select task_or_workflow, key from taken_over`,
};

export interface KeyOwner {
  /** `task:NAME` or `workflow:NAME`. */
  readonly owner: string;
  readonly key: string;
}

export interface KeyClaim extends KeyOwner {
  readonly taskInstanceId?: string | undefined;
  readonly workflowInstanceId?: string | undefined;
  /** Absent: until the instance has ended. */
  readonly ttlMs?: number | undefined;
}

/** The keys that were taken by this call. */
export async function claimKeys(q: Queryable, claims: readonly KeyClaim[]): Promise<KeyOwner[]> {
  const rows = await q.query<{ task_or_workflow: string; key: string }>(claimKeysStatement, [
    claims.map((claim) => claim.owner),
    claims.map((claim) => claim.key),
    claims.map((claim) => claim.taskInstanceId ?? null),
    claims.map((claim) => claim.workflowInstanceId ?? null),
    claims.map((claim) => claim.ttlMs ?? null),
  ]);
  return rows.map((row) => ({ owner: row.task_or_workflow, key: row.key }));
}
