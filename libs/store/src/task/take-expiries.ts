import type { Queryable, Statement } from '../db.js';

/**
 * Takes the instances whose expiry has come, whatever has become of them.
 *
 * Locks: the taken rows, skipping those in use. Index: task_expiries_due. Idempotent: they come back when the transaction
 * rolls back. Caller: expireQueued under the scheduler's fence.
 */
export const takeExpiriesStatement: Statement = {
  name: 'task_take_expiries',
  text: `
delete from task_expiries where id = any (array(
  select id from task_expiries where expires_at <= coalesce($1::timestamptz, statement_timestamp())
   order by expires_at, id limit $2 for update skip locked))
returning id`,
};

export async function takeExpiries(
  q: Queryable,
  input: { readonly now?: Date | undefined; readonly limit: number },
): Promise<string[]> {
  const rows = await q.query<{ id: string }>(takeExpiriesStatement, [input.now ?? null, input.limit]);
  return rows.map((row) => row.id);
}
