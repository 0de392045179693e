import type { Queryable, Statement } from '../db.js';

/**
 * Pauses or resumes a schedule. On resume the slots of the pause are accounted for by the caller, up to `high_water`.
 *
 * Locks: the row. Index: primary key. Idempotent: a repeated pause keeps its first moment. Caller: the api.
 */
export const setPausedStatement: Statement = {
  name: 'schedule_set_paused',
  text: `
update schedules
   set paused_at = case when $2 then coalesce(paused_at, clock_timestamp()) end,
       high_water = coalesce($3, high_water), next_at = case when $3::timestamptz is null then next_at else $4 end,
       revision = revision + 1, updated_at = clock_timestamp()
 where id = $1`,
};

export interface SetPausedInput {
  readonly id: string;
  readonly paused: boolean;
  /** Absent: where it was. */
  readonly moved?: { readonly highWater: Date; readonly nextAt: Date | null } | undefined;
}

export async function setPaused(q: Queryable, input: SetPausedInput): Promise<void> {
  await q.query(setPausedStatement, [
    input.id,
    input.paused,
    input.moved?.highWater ?? null,
    input.moved?.nextAt ?? null,
  ]);
}
