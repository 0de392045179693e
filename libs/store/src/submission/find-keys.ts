import type { Queryable, Statement } from '../db.js';
import type { KeyOwner } from './claim-keys.js';

/**
 * The instances that hold these keys now.
 *
 * Locks: none. Index: unique_keys (task_or_workflow, key). Idempotent: reads only. Caller: submit, for keys it did not get.
 */
export const findKeysStatement: Statement = {
  name: 'submission_find_keys',
  text: `
select k.task_or_workflow as owner, k.key, coalesce(k.task_instance_id, k.workflow_instance_id) as id
  from unnest($1::text[], $2::text[]) as u (owner, key)
  join unique_keys k on k.task_or_workflow = u.owner and k.key = u.key
 where k.expires_at is null or k.expires_at > clock_timestamp()`,
};

export interface KeyHolder extends KeyOwner {
  /** Of the task instance or workflow instance. */
  readonly id: string;
}

export function findKeys(q: Queryable, keys: readonly KeyOwner[]): Promise<KeyHolder[]> {
  return q.query<KeyHolder>(findKeysStatement, [keys.map((key) => key.owner), keys.map((key) => key.key)]);
}
