import { arrayLiteral, column } from '../columns.js';
import type { Queryable, Statement } from '../db.js';
import { areUniform, insertUniform } from './insert-uniform.js';

/** For instances that are nodes of workflow instances: who is there already is left alone. */
export const NODE_CONFLICT =
  'on conflict (workflow_instance_id, node_key, map_index) where workflow_instance_id is not null do nothing';

/**
 * Makes task instances: the record of each and, where it is to run, its place in the queue, among the delayed or among the
 * blocked (an instance with limits always starts there; `admit` lets it through).
 *
 * Locks: none but those of the new rows. Index: none. Idempotent: no; the caller holds the unique key, the request id or the
 * slot that makes a repetition harmless. Caller: submit, fire-due.
 */
export const insertTaskInstancesStatement: Statement = {
  name: 'task_insert_instances',
  text: insertText(''),
};

/**
 * As insertTaskInstancesStatement, of nodes of workflow instances. Apart, because looking for a conflict costs each row a
 * third more.
 *
 * Locks: none but those of the new rows; waits for a transaction that makes the same node. Index: task_records_node.
 * Idempotent: a node of a run that has its instance makes no second one and is absent from the answer. Caller: advance.
 */
export const insertNodeInstancesStatement: Statement = {
  name: 'task_insert_node_instances',
  text: insertText(NODE_CONFLICT),
};

function insertText(conflict: string): string {
  return `
with ${insertParts(conflict)}
select ord::integer - 1 as index, id, lane_id, placement from placed order by ord`;
}

/**
 * The parts of an insertion of the columns $1 to $30, of which the last, `placed`, has a row for each instance that was made.
 *
 * @param where which rows of the input are made; all by default
 */
export function insertParts(conflict: string, where = ''): string {
  return `input as materialized (
  select coalesce(u.id, nextval('task_records_id_seq')) as id, u.ord, u.task_name, u.version_id, u.lane_id,
         u.workflow_instance_id, u.node_key, coalesce(u.map_index, -1) as map_index, coalesce(u.status, 'queued') as status,
         u.priority, coalesce(u.rank_offset, 0) as rank_offset, coalesce(u.flags, 0) as flags,
         u.limit_keys::text[] as limit_keys, u.limit_maxima::integer[] as limit_maxima, u.reason,
         coalesce(u.params, '{}')::jsonb as params, u.unique_key, m.now, coalesce(u.run_at, m.now) as run_at,
         u.expires_at, u.expires_in_ms, u.timeout_ms, u.scheduled_for, u.schedule_id, u.trace_parent, u.trace_state,
         u.submitted_by, u.start_by, u.start_within_ms, u.finish_by, u.finish_within_ms
    from unnest($2::bigint[], $3::text[], $4::bigint[], $5::integer[], $6::bigint[], $7::text[], $8::integer[], $9::text[],
                $10::text[], $11::bigint[], $12::integer[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],
                $18::timestamptz[], $19::timestamptz[], $20::bigint[], $21::bigint[], $22::timestamptz[], $23::bigint[],
                $24::text[], $25::text[], $26::text[], $27::timestamptz[], $28::bigint[], $29::timestamptz[], $30::bigint[])
         with ordinality as u (id, task_name, version_id, lane_id, workflow_instance_id, node_key, map_index, status,
                priority, rank_offset, flags, limit_keys, limit_maxima, reason, params, unique_key,
                run_at, expires_at, expires_in_ms, timeout_ms, scheduled_for, schedule_id,
                trace_parent, trace_state, submitted_by, start_by, start_within_ms, finish_by, finish_within_ms, ord)
   cross join (select coalesce($1::timestamptz, statement_timestamp()) as now) m ${where}
), made as (
  insert into task_records (
         id, task_name, version_id, lane_id, workflow_instance_id, node_key, map_index, status, priority, flags, limit_keys,
         limit_maxima, reason, params, unique_key, run_at, expires_at, timeout_ms, scheduled_for, schedule_id, trace_parent,
         trace_state, submitted_by, start_by, finish_by, created_at, finished_at)
  overriding system value
  select id, task_name, version_id, lane_id, workflow_instance_id, node_key, map_index, status, priority, flags, limit_keys,
         limit_maxima, reason, params, unique_key, run_at,
         coalesce(expires_at, run_at + expires_in_ms * interval '1 millisecond'), timeout_ms, scheduled_for, schedule_id,
         trace_parent, trace_state, submitted_by,
         coalesce(start_by, run_at + start_within_ms * interval '1 millisecond'),
         coalesce(finish_by, run_at + finish_within_ms * interval '1 millisecond'),
         now, case when status = 'skipped' then now end
    from input order by ord
  ${conflict}
  returning id, start_by, finish_by, expires_at, finished_at
), placed as (
  select i.id, i.ord, i.lane_id, i.flags, i.limit_keys[1] as limit_key, i.run_at,
         floor(extract(epoch from greatest(i.run_at, i.now)) * 1000)::bigint + i.rank_offset as rank,
         case when i.status <> 'queued' then 'none'
              when i.run_at > i.now then 'delayed'
              when i.limit_keys is not null then 'blocked'
              else 'queue' end as placement
    from input i ${conflict && 'join made m on m.id = i.id'}
), queued as (
  insert into task_queue (lane_id, rank, id, attempt, flags)
  select lane_id, rank, id, 0, flags from placed where placement = 'queue'
), delayed as (
  insert into task_delayed (id, due_at) select id, run_at from placed where placement = 'delayed'
), blocked as (
  insert into task_blocked (id, limit_key, rank) select id, limit_key, rank from placed where placement = 'blocked'
), expiring as (
  insert into task_expiries (id, expires_at)
  select id, expires_at from made where expires_at is not null and finished_at is null
), watched as (
  insert into sla_watches (due_at, kind, task_instance_id)
  select start_by, 'start', id from made where start_by is not null and finished_at is null
  union all
  select finish_by, 'finish', id from made where finish_by is not null and finished_at is null
)`;
}

export interface TaskInstanceRow {
  /** One that was taken from the sequence before, by reserveTaskIds. */
  readonly id?: string | undefined;
  readonly taskName: string;
  readonly versionId: string;
  readonly laneId: number;
  readonly workflowInstanceId?: string | undefined;
  readonly nodeKey?: string | undefined;
  readonly mapIndex?: number | undefined;
  readonly status?: string | undefined;
  readonly priority: string;
  /** Milliseconds. */
  readonly rankOffset: number;
  readonly flags: number;
  readonly limitKeys?: readonly string[] | undefined;
  readonly limitMaxima?: readonly number[] | undefined;
  readonly reason?: string | undefined;
  /** JSON text of an object. */
  readonly params?: string | undefined;
  readonly uniqueKey?: string | undefined;
  readonly runAt?: Date | undefined;
  readonly expiresAt?: Date | undefined;
  readonly expiresInMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly scheduledFor?: Date | undefined;
  readonly scheduleId?: string | undefined;
  readonly traceParent?: string | undefined;
  readonly traceState?: string | undefined;
  readonly submittedBy?: string | undefined;
  readonly startBy?: Date | undefined;
  readonly startWithinMs?: number | undefined;
  readonly finishBy?: Date | undefined;
  readonly finishWithinMs?: number | undefined;
}

export interface InsertedTaskInstance {
  /** Position in the rows that were given. */
  readonly index: number;
  readonly id: string;
  readonly lane_id: number;
  readonly placement: 'queue' | 'delayed' | 'blocked' | 'none';
}

export function insertTaskInstances(
  q: Queryable,
  rows: readonly TaskInstanceRow[],
  now?: Date,
): Promise<InsertedTaskInstance[]> {
  if (areUniform(rows)) return insertUniform(q, rows, now);
  const ofWorkflow = rows.some((row) => row.workflowInstanceId !== undefined);
  const statement = ofWorkflow ? insertNodeInstancesStatement : insertTaskInstancesStatement;
  return q.query(statement, [now ?? null, ...toColumns(rows)]);
}

export function toColumns(rows: readonly TaskInstanceRow[]): unknown[] {
  return [
    column(rows, (row) => row.id),
    column(rows, (row) => row.taskName),
    column(rows, (row) => row.versionId),
    column(rows, (row) => row.laneId),
    column(rows, (row) => row.workflowInstanceId),
    column(rows, (row) => row.nodeKey),
    column(rows, (row) => row.mapIndex),
    column(rows, (row) => row.status),
    column(rows, (row) => row.priority),
    column(rows, (row) => row.rankOffset || undefined),
    column(rows, (row) => row.flags || undefined),
    column(rows, (row) => arrayLiteral(row.limitKeys)),
    column(rows, (row) => arrayLiteral(row.limitMaxima)),
    column(rows, (row) => row.reason),
    column(rows, (row) => (row.params === '{}' ? undefined : row.params)),
    column(rows, (row) => row.uniqueKey),
    column(rows, (row) => row.runAt),
    column(rows, (row) => row.expiresAt),
    column(rows, (row) => row.expiresInMs),
    column(rows, (row) => row.timeoutMs),
    column(rows, (row) => row.scheduledFor),
    column(rows, (row) => row.scheduleId),
    column(rows, (row) => row.traceParent),
    column(rows, (row) => row.traceState),
    column(rows, (row) => row.submittedBy),
    column(rows, (row) => row.startBy),
    column(rows, (row) => row.startWithinMs),
    column(rows, (row) => row.finishBy),
    column(rows, (row) => row.finishWithinMs),
  ];
}
