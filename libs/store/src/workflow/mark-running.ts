import type { Queryable, Statement } from '../db.js';

/**
 * Turns queued runs into running ones and sets their deadline.
 *
 * Locks: the rows, which the caller holds already. Index: primary key. Idempotent: guarded by the status.
 * Caller: the scheduler, after pick-startable in the same transaction.
 */
export const markRunningStatement: Statement = {
  name: 'workflow_mark_running',
  text: `
with started as (
  update workflow_instances w
     set status = 'running', started_at = coalesce($3::timestamptz, clock_timestamp()), finished_at = null,
         deadline_at = coalesce($3::timestamptz, clock_timestamp()) + u.timeout_ms * interval '1 millisecond'
    from unnest($1::bigint[], $2::bigint[]) u (id, timeout_ms)
   where w.id = u.id and w.status = 'queued'
  returning w.id, w.started_at, w.deadline_at, w.run_number
), event as (
  insert into task_events (workflow_instance_id, type, actor, detail)
  select id, 'started', 'scheduler', jsonb_build_object('run_number', run_number) from started
)
select id, started_at, deadline_at from started`,
};

export interface MarkRunningInput {
  readonly ids: readonly string[];
  /** Null: no deadline. */
  readonly timeoutsMs: readonly (number | null)[];
  readonly now?: Date | undefined;
}

export function markRunning(
  q: Queryable,
  input: MarkRunningInput,
): Promise<{ id: string; started_at: Date; deadline_at: Date | null }[]> {
  return q.query(markRunningStatement, [input.ids, input.timeoutsMs, input.now ?? null]);
}
