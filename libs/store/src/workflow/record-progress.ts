import type { Queryable, Statement } from '../db.js';

/**
 * Writes how far runs have come, and ends those that are over. The output of a successful run is that of its last
 * tasks, by node; it is left out when they exceed 1 MiB together.
 *
 * Locks: the rows, which the caller holds already. Index: primary keys, task_records_node. Idempotent: absolute values,
 * guarded by the status. Ending frees the unique key. Caller: the scheduler, in the transaction that advances them.
 */
export const recordProgressStatement: Statement = {
  name: 'workflow_record_progress',
  text: `
with given as (
  select * from unnest($1::bigint[], $2::integer[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::text[])
    as g (id, nodes_done, failing, status, reason, message, leaves)
), ${progressParts('$8::timestamptz')}
select id, status from moved`,
};

/**
 * The parts that write what is in `given` (id, nodes_done, failing, status, reason, message, leaves); `moved` has the runs
 * of which that was true.
 *
 * @param now when those end that end; database time when it is null
 */
export function progressParts(now: string): string {
  return `moved as (
  update workflow_instances w
     set nodes_done = g.nodes_done, failing = g.failing, status = coalesce(g.status, w.status),
         reason = coalesce(g.reason, w.reason), message = coalesce(g.message, w.message),
         finished_at = case when g.status is null then null else coalesce(${now}, clock_timestamp()) end,
         output = case when g.status = 'success' then (
           select case when sum(pg_column_size(r.output)) <= 1048576 then jsonb_object_agg(r.node_key, r.output) end
             from task_records r
            where r.workflow_instance_id = g.id and r.status = 'success' and r.output is not null
              and r.node_key = any (array(select jsonb_array_elements_text(g.leaves::jsonb)))) end
    from given g
   where w.id = g.id and w.status = 'running'
  returning w.id, w.status, w.reason, w.message
), event as (
  insert into task_events (workflow_instance_id, type, actor, reason, detail)
  select id, status, 'scheduler', reason, jsonb_build_object('message', message) from moved where status <> 'running'
), freed as (
  delete from unique_keys k using moved m
   where k.workflow_instance_id = m.id and m.status <> 'running' and k.expires_at is null
)`;
}

export interface Progress {
  readonly id: string;
  readonly nodesDone: number;
  readonly failing: boolean;
  /** Absent while it runs. */
  readonly end?:
    | {
        readonly status: 'success' | 'failed' | 'cancelled';
        readonly reason: string;
        readonly message?: string | undefined;
      }
    | undefined;
  /** Keys of the nodes that nothing depends on. */
  readonly leaves: readonly string[];
}

export function recordProgress(
  q: Queryable,
  runs: readonly Progress[],
  now?: Date,
): Promise<{ id: string; status: string }[]> {
  return q.query(recordProgressStatement, [...progressColumns(runs), now ?? null]);
}

/** One array for each column of `given`. */
export function progressColumns(runs: readonly Progress[]): unknown[] {
  return [
    runs.map((run) => run.id),
    runs.map((run) => run.nodesDone),
    runs.map((run) => run.failing),
    runs.map((run) => run.end?.status ?? null),
    runs.map((run) => run.end?.reason ?? null),
    runs.map((run) => run.end?.message ?? null),
    runs.map((run) => (run.end?.status === 'success' ? JSON.stringify(run.leaves) : null)),
  ];
}
