import type { Queryable, Statement } from '../db.js';

/**
 * The few figures that tell whether the services do their work.
 *
 * Locks: none. Index: the live tables are small; schedules_due, task_delayed_due. Idempotent. Caller: command line.
 */
export const systemHealthStatement: Statement = {
  name: 'system_health',
  text: `
select (select count(*)::integer from leadership where name = 'scheduler' and holder is not null and lease_until > now())
         as schedulers,
       (select count(*)::integer from worker_sessions where closed_at is null and lease_until > now()) as workers,
       (select count(*)::integer from v_task_instances where waiting_for like 'no_worker%') as without_worker,
       (select string_agg(distinct waiting_for, ', ') from v_task_instances where waiting_for like 'no_worker%')
         as without_worker_where,
       (select coalesce(extract(epoch from now() - min(next_at)), 0)::float8 from schedules
         where active and paused_at is null and next_at < now()) as schedule_lag_s,
       (select coalesce(extract(epoch from now() - min(due_at)), 0)::float8 from task_delayed where due_at < now())
         as delayed_lag_s`,
};

export interface SystemHealth {
  /** Elected and alive: 0 or 1. */
  readonly schedulers: number;
  /** Sessions that are alive. */
  readonly workers: number;
  /** Task instances that are ready and that no live worker can run. */
  readonly without_worker: number;
  readonly without_worker_where: string | null;
  /** Seconds that the latest schedule is behind. */
  readonly schedule_lag_s: number;
  /** Seconds that the latest retry or `run_at` is behind. */
  readonly delayed_lag_s: number;
}

export async function systemHealth(queryable: Queryable): Promise<SystemHealth> {
  const [row] = await queryable.query<SystemHealth>(systemHealthStatement);
  if (row === undefined) throw new Error('system_health gave no row');
  return row;
}
