import type { Queryable, Statement } from '../db.js';
import type { InsertedTaskInstance, TaskInstanceRow } from './insert-task-instances.js';

/**
 * As insertTaskInstancesStatement, of instances that differ in nothing but their params and go into the queue at once: what
 * most batches are, at two thirds of the cost.
 *
 * Locks: none but those of the new rows. Index: none. Idempotent: no; the caller holds the request id or the slot that makes a
 * repetition harmless. Caller: insertTaskInstances.
 */
export const insertUniformStatement: Statement = {
  name: 'task_insert_uniform',
  text: `
with made as (
  insert into task_records (
         task_name, version_id, lane_id, status, priority, params, run_at, timeout_ms, trace_parent, trace_state, submitted_by,
         created_at)
  select $2, $3, $4::integer, 'queued', $5, coalesce(u.params, '{}')::jsonb, m.now, $6::bigint, $7, $8, $9, m.now
    from unnest((select $11::text[])) with ordinality u (params, ord)
   cross join (select coalesce($1::timestamptz, statement_timestamp()) as now) m
   order by u.ord
  returning id, created_at
), queued as (
  insert into task_queue (lane_id, rank, id, attempt)
  select $4::integer, floor(extract(epoch from created_at) * 1000)::bigint + $10::bigint, id, 0 from made
)
select id from made order by id`,
};

// What one of the others may have to itself.
const SHARED = [
  'taskName',
  'versionId',
  'laneId',
  'priority',
  'rankOffset',
  'timeoutMs',
  'traceParent',
  'traceState',
  'submittedBy',
] as const satisfies readonly (keyof TaskInstanceRow)[];

/** What none of them may have. */
const ABSENT = [
  'id',
  'workflowInstanceId',
  'nodeKey',
  'mapIndex',
  'limitKeys',
  'limitMaxima',
  'reason',
  'uniqueKey',
  'runAt',
  'expiresAt',
  'expiresInMs',
  'scheduledFor',
  'scheduleId',
  'startBy',
  'startWithinMs',
  'finishBy',
  'finishWithinMs',
] as const satisfies readonly (keyof TaskInstanceRow)[];

/** Whether the rows can be made by insertUniform. */
export function areUniform(rows: readonly TaskInstanceRow[]): boolean {
  const [first] = rows;
  if (first === undefined) return false;
  return rows.every(
    (row, index) =>
      (index > 0 && row === rows[index - 1]) ||
      ((row.status === undefined || row.status === 'queued') &&
        row.flags === 0 &&
        SHARED.every((field) => row[field] === first[field]) &&
        ABSENT.every((field) => row[field] === undefined)),
  );
}

export async function insertUniform(
  q: Queryable,
  rows: readonly TaskInstanceRow[],
  now?: Date,
): Promise<InsertedTaskInstance[]> {
  const [first] = rows;
  if (first === undefined) return [];
  const { laneId, traceParent, traceState, submittedBy, timeoutMs } = first;
  const made = await q.query<{ id: string }>(insertUniformStatement, [
    now ?? null,
    first.taskName,
    first.versionId,
    laneId,
    first.priority,
    timeoutMs ?? null,
    traceParent ?? null,
    traceState ?? null,
    submittedBy ?? null,
    first.rankOffset,
    rows.map((row) => (row.params === '{}' ? null : (row.params ?? null))),
  ]);
  return made.map(({ id }, index) => ({ index, id, lane_id: laneId, placement: 'queue' }));
}
