import type { Queryable, Statement } from '../db.js';

/**
 * Pauses or resumes a schedule, of which the caller has decided all slots up to now.
 *
 * Locks: the row. Index: primary key. Idempotent: a repeated pause keeps its first moment. Caller: the api.
 */
export const setPausedStatement: Statement = {
  name: 'schedule_set_paused',
  text: `
update schedules
   set paused_at = case when $2 then coalesce(paused_at, clock_timestamp()) end,
       revision = revision + 1, updated_at = clock_timestamp()
 where id = $1`,
};

export async function setPaused(q: Queryable, input: { readonly id: string; readonly paused: boolean }): Promise<void> {
  await q.query(setPausedStatement, [input.id, input.paused]);
}
