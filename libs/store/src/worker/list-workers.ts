import type { Queryable, Statement } from '../db.js';

/**
 * Workers by name, those that are alive first; of each its newest session.
 *
 * Locks: none. Index: worker_sessions_open for those alive; the history is read through. Idempotent. Caller: command line.
 */
export const listWorkersStatement: Statement = {
  name: 'list_workers',
  text: `
select worker, host, version, queues, tasks, slots, leased::integer as leased, alive, draining_at, connected_at, heartbeat_at
  from v_workers
 where alive or $1
 order by alive desc, worker
 limit $2`,
};

export interface WorkerRow {
  readonly worker: string;
  readonly host: string | null;
  readonly version: string | null;
  readonly queues: readonly string[];
  /** Empty: all that it has handlers for. */
  readonly tasks: readonly string[];
  readonly slots: number;
  /** Task instances that it runs or holds ready. */
  readonly leased: number;
  readonly alive: boolean;
  readonly draining_at: Date | null;
  readonly connected_at: Date;
  readonly heartbeat_at: Date;
}

export interface ListWorkersInput {
  /** Also those that are gone. */
  readonly all: boolean;
  readonly limit: number;
}

export function listWorkers(queryable: Queryable, input: ListWorkersInput): Promise<WorkerRow[]> {
  return queryable.query<WorkerRow>(listWorkersStatement, [input.all, input.limit]);
}
