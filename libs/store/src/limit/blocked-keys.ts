import type { Queryable, Statement } from '../db.js';

/**
 * The limits that somebody waits for, in order, from one on.
 *
 * Locks: none. Index: task_blocked_by_key, one entry for each limit whatever the number that waits. Idempotent: reads only.
 * Caller: the scheduler's sweep.
 */
export const blockedKeysStatement: Statement = {
  name: 'limit_blocked_keys',
  text: `
with recursive key (limit_key) as (
  (select limit_key from task_blocked where limit_key > $1 order by limit_key limit 1)
  union all
  select (select b.limit_key from task_blocked b where b.limit_key > key.limit_key order by b.limit_key limit 1)
    from key where key.limit_key is not null
)
select limit_key from key where limit_key is not null limit $2`,
};

export async function blockedKeys(q: Queryable, after: string, limit: number): Promise<string[]> {
  const rows = await q.query<{ limit_key: string }>(blockedKeysStatement, [after, limit]);
  return rows.map((row) => row.limit_key);
}
