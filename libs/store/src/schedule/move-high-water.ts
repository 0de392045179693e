import type { Queryable, Statement } from '../db.js';

/**
 * Moves schedules on: every slot up to the new high-water mark has its row.
 *
 * Locks: the rows, which the caller holds already. Index: primary key. Idempotent: guarded by the revision, so what was
 * planned from an older spec is never written over an edit. Caller: the scheduler, in the transaction of the slots.
 */
export const moveHighWaterStatement: Statement = {
  name: 'schedule_move_high_water',
  text: `
update schedules s
   set high_water = u.high_water, next_at = u.next_at
  from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) u (id, revision, high_water, next_at)
 where s.id = u.id and s.revision = u.revision`,
};

export interface HighWater {
  readonly id: string;
  readonly revision: string;
  readonly highWater: Date;
  /** Null: no slot comes any more. */
  readonly nextAt: Date | null;
}

export async function moveHighWater(q: Queryable, moves: readonly HighWater[]): Promise<void> {
  await q.query(moveHighWaterStatement, [
    moves.map((move) => move.id),
    moves.map((move) => move.revision),
    moves.map((move) => move.highWater),
    moves.map((move) => move.nextAt),
  ]);
}
