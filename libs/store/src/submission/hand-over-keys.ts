import type { Queryable, Statement } from '../db.js';
import type { KeyClaim } from './claim-keys.js';

/**
 * Gives unique keys of replaced instances to those that replace them.
 *
 * Locks: the rows. Index: unique_keys (task_or_workflow, key). Idempotent: only while the replaced instance holds the key.
 * Caller: submit, in the transaction that dequeued the holder.
 */
export const handOverKeysStatement: Statement = {
  name: 'submission_hand_over_keys',
  text: `
update unique_keys k
   set task_instance_id = u.task_instance_id, workflow_instance_id = u.workflow_instance_id,
       expires_at = clock_timestamp() + u.ttl_ms * interval '1 millisecond'
  from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
         as u (task_or_workflow, key, task_instance_id, workflow_instance_id, ttl_ms, holder)
 where k.task_or_workflow = u.task_or_workflow and k.key = u.key
   and coalesce(k.task_instance_id, k.workflow_instance_id) = u.holder
returning k.task_or_workflow as owner, k.key`,
};

export function handOverKeys(
  q: Queryable,
  claims: readonly (KeyClaim & { readonly holder: string })[],
): Promise<{ owner: string; key: string }[]> {
  return q.query(handOverKeysStatement, [
    claims.map((claim) => claim.owner),
    claims.map((claim) => claim.key),
    claims.map((claim) => claim.taskInstanceId ?? null),
    claims.map((claim) => claim.workflowInstanceId ?? null),
    claims.map((claim) => claim.ttlMs ?? null),
    claims.map((claim) => claim.holder),
  ]);
}
