import type { Queryable, Statement } from '../db.js';
import { SCHEDULER_SEAT } from '../leadership/fence-term.js';
import { CHANNELS } from '../notify/notifier.js';
import { insertParts, NODE_CONFLICT, toColumns, type TaskInstanceRow } from '../task/insert-task-instances.js';
import type { TaskTarget } from './current-tasks.js';
import { progressColumns, progressParts, type Progress } from './record-progress.js';

/**
 * One step of running workflow instances, decided beforehand from what the scheduler remembers: takes these changes, makes the
 * nodes that follow, writes how far each run has come, and says which lanes have work. All of it or nothing: not unless the
 * term holds, every change is still there, every run stands where it was thought to stand, and the Tasks are what they were.
 *
 * Unless `durable`, the commit does not wait for the disk: nothing leaves the database for what it wrote before a later commit
 * that does wait (the claim of the nodes). What a crash of the server takes back, the changes among it, is decided again.
 *
 * Locks: the seat FOR KEY SHARE, the changes, the runs FOR NO KEY UPDATE. Index: primary keys, task_records_node.
 * Idempotent: the changes are gone the second time, and nothing is written. Caller: the scheduler, as its own fence.
 */
export const applyStepStatement: Statement = {
  name: 'workflow_apply_step',
  text: `
with fence as materialized (
  select from leadership where name = $31 and term = $32 for key share
), change as materialized (
  select id from workflow_changes where id = any ((select $33::bigint[])::bigint[]) order by id for update
), asked as materialized (
  select * from unnest($34::bigint[], $35::integer[], $36::boolean[], $37::text[], $38::text[], $39::text[], $40::text[],
                       $41::integer[])
    as g (id, nodes_done, failing, status, reason, message, leaves, nodes_before) order by id
), run as materialized (
  select w.id from asked a
   cross join lateral (
     select id from workflow_instances w
      where w.id = a.id and w.status = 'running' and w.nodes_done = a.nodes_before and not w.failing
        and w.cancel_requested_at is null and w.reason is null for no key update) w
), gate as materialized (
  select true as open
   where exists (select from fence)
     and (select count(*) from change) = cardinality($33::bigint[])
     and (select count(*) from run) = (select count(*) from asked)
     and not exists (
       select from unnest($42::text[], $43::bigint[], $44::integer[]) e (name, version_id, lane_id)
         left join tasks t on t.name = e.name
        where (t.version_id = e.version_id and t.lane_id = e.lane_id) is not true)
), taken as (
  delete from workflow_changes where id = any (array(select c.id from change c cross join gate))
), given as materialized (
  select a.* from asked a cross join gate
), ${insertParts(NODE_CONFLICT, 'cross join gate')}, ${progressParts('null::timestamptz')}, told as materialized (
  select case when not $46::boolean then set_config('synchronous_commit', 'off', true) end as relaxed,
         case when $45::text is not null then pg_notify('${CHANNELS.ready}', $45::text)::text end as told
    from gate
)
select m.id, m.status, t.relaxed, t.told from moved m cross join told t`,
};

export interface Step {
  /** Decimal text. */
  readonly term: string;
  /** Changes that it applies. */
  readonly changeIds: readonly string[];
  /** Runs that move, each with the `nodes_done` that it is thought to have. */
  readonly runs: readonly (Progress & { readonly nodesBefore: number })[];
  readonly nodes: readonly TaskInstanceRow[];
  /** Registered Tasks of the nodes as they were looked up. */
  readonly targets: readonly TaskTarget[];
  /** Lanes that get work, told to those who listen in the same transaction; only of one that is not durable. */
  readonly readyLanes: readonly number[];
  /** The commit waits for the disk. */
  readonly durable: boolean;
}

/** False: something was not as it was thought to be, and nothing was written. */
export async function applyStep(q: Queryable, step: Step): Promise<boolean> {
  const { term, changeIds, runs, nodes, targets, readyLanes, durable } = step;
  const moved = await q.query(applyStepStatement, [
    null,
    ...toColumns(nodes),
    SCHEDULER_SEAT,
    term,
    changeIds,
    ...progressColumns(runs),
    runs.map((run) => run.nodesBefore),
    targets.map((target) => target.name),
    targets.map((target) => target.version_id),
    targets.map((target) => target.lane_id),
    durable || readyLanes.length === 0 ? null : readyLanes.join(','),
    durable,
  ]);
  return moved.length > 0;
}
