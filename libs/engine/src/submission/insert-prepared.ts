import type { Queryable } from '@taskflow/store';
import { admitBlocked } from '../limit/admit-blocked.js';
import { createTaskInstances, type NewTaskInstance } from '../task/create-task-instances.js';
import { createWorkflowInstances, type NewWorkflowInstance } from '../workflow/create-workflow-instances.js';
import { claimUnique, type UniqueOutcome } from './claim-unique.js';
import type { Prepared } from './prepare-submissions.js';
import type { SubmissionResult } from './submission.js';

export interface Inserted {
  /** In the order of the submissions. */
  readonly results: readonly SubmissionResult[];
  /** Lanes in which something became ready. */
  readonly laneIds: readonly number[];
  /** Something is due later. */
  readonly delayed: boolean;
  /** A workflow instance was made. */
  readonly workflows: boolean;
}

/** Makes the instances of those submissions that were not refused, as far as their unique keys allow. */
export async function insertPrepared(q: Queryable, items: readonly Prepared[], actor: string): Promise<Inserted> {
  const unique = await claimUnique(q, items, actor);
  const tasks: { readonly index: number; readonly row: NewTaskInstance }[] = [];
  const workflows: { readonly index: number; readonly row: NewWorkflowInstance }[] = [];
  const results: SubmissionResult[] = [];
  for (const [index, item] of items.entries()) {
    const settled = 'error' in item ? item : unique.settled.get(index);
    if ('error' in item || settled !== undefined) results[index] = settled ?? { id: '', created: false };
    else if (item.kind === 'task') tasks.push({ index, row: taskRow(item.row, index, item.unique, unique) });
    else workflows.push({ index, row: withKey(item.row, index, item.unique, unique) });
  }
  const created = await createTaskInstances(
    q,
    tasks.map(({ row }) => row),
  );
  for (const { index, id } of created) results[tasks[index]?.index ?? 0] = { id, created: true };
  const runs = await createWorkflowInstances(
    q,
    workflows.map(({ row }) => row),
  );
  for (const [at, { id }] of runs.entries()) results[workflows[at]?.index ?? 0] = { id, created: true };

  const laneIds = new Set(created.filter((task) => task.placement === 'queue').map((task) => task.laneId));
  const limits = new Set(unique.freedLimits);
  for (const { placement, index } of created) {
    if (placement === 'blocked') for (const key of tasks[index]?.row.limitKeys ?? []) limits.add(key);
  }
  if (limits.size > 0) for (const laneId of (await admitBlocked(q, [...limits])).laneIds) laneIds.add(laneId);
  return {
    results,
    laneIds: [...laneIds],
    delayed: created.some((task) => task.placement === 'delayed'),
    workflows: runs.length > 0,
  };
}

type Unique = { readonly key: string; readonly ttlMs: number | undefined } | undefined;

function withKey<Row extends object>(row: Row, index: number, unique: Unique, outcome: UniqueOutcome): Row {
  return unique === undefined ? row : { ...row, id: outcome.ids.get(index), uniqueKey: unique.key };
}

function taskRow(row: NewTaskInstance, index: number, unique: Unique, outcome: UniqueOutcome): NewTaskInstance {
  const keyed = withKey(row, index, unique, outcome);
  return unique?.ttlMs === undefined ? keyed : { ...keyed, uniqueScope: 'ttl' };
}
