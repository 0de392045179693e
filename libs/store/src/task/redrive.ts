import type { Queryable, Statement } from '../db.js';

/**
 * Queues an ended instance again with fresh retry budgets. Attempts count on, so that the history stays whole; the unique
 * key, freed at the end, is not taken again, and the expiry was for the first start.
 *
 * Locks: the record. Index: primary key. Idempotent: guarded by an ended status; of two calls the second finds it queued.
 * Caller: retryTaskInstance. An instance with limits is blocked first: admitBlocked must run in the same transaction.
 */
export const redriveStatement: Statement = {
  name: 'task_redrive',
  text: `
with target as (
  select id, status, workflow_instance_id from task_records where id = $1
), again as (
  update task_records r
     set status = 'queued', failures = 0, losses = 0, reason = null, message = null, exit_code = null, output = null,
         worker = null, flags = r.flags & ~2, run_at = clock_timestamp(), expires_at = null, started_at = null,
         finished_at = null, cancel_requested_at = null, cancel_reason = null
    from target t
   where r.id = t.id and t.workflow_instance_id is null and r.status = any ($2::text[])
  returning r.id, r.lane_id, r.attempt, r.flags, r.limit_keys,
            floor(extract(epoch from r.run_at) * 1000)::bigint + ($3::jsonb ->> r.priority)::bigint as rank
), queued as (
  insert into task_queue (lane_id, rank, id, attempt, flags)
  select lane_id, rank, id, attempt, flags from again where limit_keys is null
), blocked as (
  insert into task_blocked (id, limit_key, rank) select id, limit_keys[1], rank from again where limit_keys is not null
), event as (
  insert into task_events (task_instance_id, type, actor) select id, 'redriven', $4 from again
)
select t.status as was, t.workflow_instance_id, a.lane_id, a.limit_keys from target t left join again a on a.id = t.id`,
};

export interface RedrivenRow {
  /** Status before the call. */
  readonly was: string;
  readonly workflow_instance_id: string | null;
  /** Null when it was not queued. */
  readonly lane_id: number | null;
  readonly limit_keys: string[] | null;
}

/** Undefined when there is no such instance. */
export async function redrive(
  q: Queryable,
  input: {
    readonly id: string;
    readonly from: readonly string[];
    readonly rankOffsets: string;
    readonly actor: string;
  },
): Promise<RedrivenRow | undefined> {
  const rows = await q.query<RedrivenRow>(redriveStatement, [input.id, input.from, input.rankOffsets, input.actor]);
  return rows[0];
}
