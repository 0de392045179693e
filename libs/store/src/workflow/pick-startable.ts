import type { Queryable, Statement } from '../db.js';

/**
 * Queued runs that are due, the most urgent first, no more of a Workflow than its `concurrency` leaves room for.
 *
 * Locks: the chosen rows FOR UPDATE, skipping what others hold. Index: workflow_instances_queued, once per Workflow and
 * priority that has a queued run, however long the queue is; workflow_instances_running for the places taken.
 * Idempotent: reads only. Caller: the scheduler under its fence, one call at a time, in the transaction that starts them.
 */
export const pickStartableStatement: Statement = {
  name: 'workflow_pick_startable',
  text: `
with recursive pair as (
  (select workflow_name, priority from workflow_instances
    where status = 'queued' order by workflow_name, priority limit 1)
  union all
  select n.workflow_name, n.priority
    from pair p
   cross join lateral (
     select w.workflow_name, w.priority from workflow_instances w
      where w.status = 'queued' and (w.workflow_name, w.priority) > (p.workflow_name, p.priority)
      order by w.workflow_name, w.priority limit 1) n
), room as (
  select d.name,
         case when d.concurrency is null then $1::bigint
              else least($1, d.concurrency - (select count(*) from workflow_instances r
                                               where r.status = 'running' and r.workflow_name = d.name)) end as free
    from workflows d
   where d.name = any (array(select distinct workflow_name from pair))
), candidate as (
  select c.id, c.rank, o.free, row_number() over (partition by o.name order by c.rank, c.id) as place
    from pair p
    join room o on o.name = p.workflow_name and o.free > 0
   cross join lateral (
     select w.id,
            extract(epoch from w.run_at) * 1000 + (($3::jsonb) ->> w.priority)::bigint as rank
       from workflow_instances w
      where w.status = 'queued' and w.workflow_name = p.workflow_name and w.priority = p.priority
        and w.run_at <= coalesce($2::timestamptz, statement_timestamp())
      order by w.run_at, w.id
      limit o.free) c
), chosen as (
  select id, rank from candidate where place <= free order by rank, id limit $1
)
select w.id, w.workflow_name, w.version_id, w.priority, w.run_number, w.nodes_total, w.trace_parent, w.trace_state,
       w.params::text as params, w.run_at, w.scheduled_for
  from workflow_instances w
 where w.id = any (array(select id from chosen)) and w.status = 'queued'
 order by (select rank from chosen c where c.id = w.id), w.id
   for update of w skip locked`,
};

export interface StartableRun {
  readonly id: string;
  readonly workflow_name: string;
  readonly version_id: string;
  readonly priority: string;
  readonly run_number: number;
  readonly nodes_total: number;
  readonly trace_parent: string | null;
  readonly trace_state: string | null;
  readonly params: string;
  readonly run_at: Date;
  readonly scheduled_for: Date | null;
}

export interface PickStartableInput {
  readonly limit: number;
  /** Milliseconds that each priority is ahead (negative) or behind. */
  readonly offsets: Readonly<Record<string, number>>;
  /** Database time when absent. */
  readonly now?: Date | undefined;
}

export function pickStartable(q: Queryable, input: PickStartableInput): Promise<StartableRun[]> {
  return q.query<StartableRun>(pickStartableStatement, [input.limit, input.now ?? null, JSON.stringify(input.offsets)]);
}
