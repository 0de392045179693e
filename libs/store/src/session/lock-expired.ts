import type { Queryable, Statement } from '../db.js';

/**
 * Sessions whose lease has run out, locked. An expired session gets no claims and no heartbeats any more.
 *
 * Locks: the rows FOR UPDATE, skipping those in use. Index: worker_sessions_open (one row for each connected worker).
 * Idempotent: changes nothing. Caller: expireLeases.
 */
export const lockExpiredStatement: Statement = {
  name: 'session_lock_expired',
  text: `
select id from worker_sessions
 where closed_at is null and lease_until < coalesce($1::timestamptz, statement_timestamp())
 order by lease_until limit $2 for update skip locked`,
};

export async function lockExpired(
  q: Queryable,
  input: { readonly now?: Date | undefined; readonly limit: number },
): Promise<string[]> {
  const rows = await q.query<{ id: string }>(lockExpiredStatement, [input.now ?? null, input.limit]);
  return rows.map((row) => row.id);
}
