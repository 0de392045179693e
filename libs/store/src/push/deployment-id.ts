import type { Queryable, Statement } from '../db.js';

/** Locks: none. Index: primary key. Idempotent: reads only. Caller: the pusher, once at its start. */
export const deploymentIdStatement: Statement = {
  name: 'push_deployment_id',
  text: `select value from taskflow_meta where key = 'deployment_id'`,
};

/** UUID that is in every external name; another one for every database. */
export async function deploymentId(q: Queryable): Promise<string> {
  const [row] = await q.query<{ value: string }>(deploymentIdStatement);
  if (!row) throw new Error('taskflow_meta has no deployment_id; the migrations write it');
  return row.value;
}
