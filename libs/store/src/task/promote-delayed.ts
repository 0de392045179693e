import type { Queryable, Statement } from '../db.js';

/**
 * Moves delayed instances that are due to the queue, or to the blocked where they have limits; ends those that expired before
 * their first start.
 *
 * Locks: the taken rows of task_delayed (inserted and deleted only), skipping those in use; records that end.
 * Index: task_delayed_due, primary keys. Idempotent: what was moved is no longer delayed. Caller: the scheduler under its fence.
 */
export const promoteDelayedStatement: Statement = {
  name: 'task_promote_delayed',
  text: `
with due as (
  delete from task_delayed where ctid = any (array(
    select ctid from task_delayed where due_at <= coalesce($1::timestamptz, statement_timestamp())
     order by due_at, id limit $2 for update skip locked))
  returning id, due_at
), moved as materialized (
  select d.id, r.lane_id, r.attempt, r.flags, r.limit_keys, exists (select from limit_slots s where s.id = d.id) as placed,
         floor(extract(epoch from d.due_at) * 1000)::bigint + ($3::jsonb ->> r.priority)::bigint as rank,
         r.attempt = 0 and coalesce(r.expires_at <= coalesce($1::timestamptz, statement_timestamp()), false) as expired
    from due d join task_records r on r.id = d.id
), queued as (
  insert into task_queue (lane_id, rank, id, attempt, flags)
  select lane_id, rank, id, attempt, flags from moved
   where not expired and (limit_keys is null or placed)
), blocked as (
  insert into task_blocked (id, limit_key, rank)
  select id, limit_keys[1], rank from moved
   where not expired and limit_keys is not null and not placed
)
select id, lane_id, limit_keys, expired from moved`,
};

export interface PromotedRow {
  readonly id: string;
  readonly lane_id: number;
  readonly limit_keys: string[] | null;
  /** It is nowhere now: the caller ends it in the same transaction. */
  readonly expired: boolean;
}

export function promoteDelayed(
  q: Queryable,
  input: { readonly now?: Date | undefined; readonly limit: number; readonly rankOffsets: string },
): Promise<PromotedRow[]> {
  return q.query<PromotedRow>(promoteDelayedStatement, [input.now ?? null, input.limit, input.rankOffsets]);
}
