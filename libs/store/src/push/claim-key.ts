import type { Queryable, Statement } from '../db.js';

/** Locks: none. Index: primary key. Idempotent: reads only. Caller: pusher and api, once each. */
export const claimKeyStatement: Statement = {
  name: 'push_claim_key',
  text: `select value from taskflow_meta where key = 'claim_key'`,
};

/** 32 bytes in hex that sign the tokens of this deployment's jobs. */
export async function claimKey(q: Queryable): Promise<string> {
  const [row] = await q.query<{ value: string }>(claimKeyStatement);
  if (!row) throw new Error('taskflow_meta has no claim_key; the migrations write it');
  return row.value;
}
