import { rankOffsetMs, type Priority } from '@taskflow/domain';
import { insertTaskInstances, type Queryable, type TaskInstanceRow } from '@taskflow/store';
import { FLAG_HAS_LIMITS, FLAG_HAS_UNIQUE_KEY, FLAG_OF_WORKFLOW } from './task-flags.js';

/** A task instance to be made. `params` is the JSON text of an object; times that are absent count from database time. */
export interface NewTaskInstance extends Omit<TaskInstanceRow, 'rankOffset' | 'flags'> {
  readonly priority: Priority;
  /** `queued` by default. `skipped` has ended with `reason`; `waiting` is in no queue until it is woken. */
  readonly status?: 'queued' | 'skipped' | 'waiting' | undefined;
  /** Resolved keys of concurrency limits with their maxima, position by position. */
  readonly limitKeys?: readonly string[] | undefined;
  readonly limitMaxima?: readonly number[] | undefined;
  /** The caller holds this key in unique_keys for the instance, under its id. */
  readonly uniqueKey?: string | undefined;
  /** `active` (default): the key is freed when the instance ends. `ttl`: it runs out by itself. */
  readonly uniqueScope?: 'active' | 'ttl' | undefined;
  /** Milliseconds from `runAt`; used where the absolute time is absent. */
  readonly expiresInMs?: number | undefined;
  readonly startWithinMs?: number | undefined;
  readonly finishWithinMs?: number | undefined;
}

export interface CreatedTaskInstance {
  /** Position in the rows that were given. */
  readonly index: number;
  readonly id: string;
  readonly laneId: number;
  /** `none`: it has ended or waits. `blocked`: admitBlocked must run for its limit keys in the same transaction. */
  readonly placement: 'queue' | 'delayed' | 'blocked' | 'none';
}

/**
 * Makes task instances and puts each where it waits, in one statement. A node of a workflow instance that has its instance
 * already makes none and is absent from the answer, which is otherwise in the order of the rows.
 */
export async function createTaskInstances(
  q: Queryable,
  rows: readonly NewTaskInstance[],
  options: { readonly now?: Date | undefined } = {},
): Promise<CreatedTaskInstance[]> {
  if (rows.length === 0) return [];
  const inserted = await insertTaskInstances(q, rows.map(toTaskInstanceRow), options.now);
  return inserted.map(({ index, id, lane_id: laneId, placement }) => ({ index, id, laneId, placement }));
}

export function toTaskInstanceRow(row: NewTaskInstance): TaskInstanceRow {
  const hasLimits = row.limitKeys !== undefined && row.limitKeys.length > 0;
  const holdsKey = row.uniqueKey !== undefined && row.uniqueScope !== 'ttl';
  return {
    ...row,
    rankOffset: rankOffsetMs(row.priority),
    flags:
      (hasLimits ? FLAG_HAS_LIMITS : 0) |
      (holdsKey ? FLAG_HAS_UNIQUE_KEY : 0) |
      (row.workflowInstanceId === undefined ? 0 : FLAG_OF_WORKFLOW),
  };
}
