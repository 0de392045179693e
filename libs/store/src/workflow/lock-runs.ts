import type { Queryable, Statement } from '../db.js';

/**
 * The running ones among these runs.
 *
 * Locks: the rows FOR NO KEY UPDATE in order of id, so that a cancel asked for meanwhile waits for a moment.
 * Index: primary key. Idempotent: reads only. Caller: the scheduler, in the transaction that advances them.
 */
export const lockRunsStatement: Statement = {
  name: 'workflow_lock_runs',
  text: `
select id, workflow_name, version_id, priority, run_number, nodes_total, nodes_done, failing, reason, started_at,
       cancel_requested_at, cancel_reason, deadline_at, trace_parent, trace_state
  from workflow_instances
 where id = any ($1::bigint[]) and status = 'running'
 order by id
   for no key update`,
};

export interface LockedRun {
  readonly id: string;
  readonly workflow_name: string;
  readonly version_id: string;
  readonly priority: string;
  readonly run_number: number;
  readonly nodes_total: number;
  readonly nodes_done: number;
  readonly failing: boolean;
  /** Only of one that was given up. */
  readonly reason: string | null;
  readonly started_at: Date;
  readonly cancel_requested_at: Date | null;
  readonly cancel_reason: string | null;
  readonly deadline_at: Date | null;
  readonly trace_parent: string | null;
  readonly trace_state: string | null;
}

export function lockRuns(q: Queryable, ids: readonly string[]): Promise<LockedRun[]> {
  return q.query<LockedRun>(lockRunsStatement, [ids]);
}
