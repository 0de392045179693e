import { parseId, TASK_STATES, type TaskState } from '@taskflow/domain';
import {
  findLiveTasks,
  findRecordedTasks,
  findTasksOfRun,
  findUnsuccessfulTasks,
  getTaskInstances,
  type FindTaskIdsInput,
  type FoundId,
  type Period,
  type Queryable,
  type TaskInstanceDetailRow,
} from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readPageSize, type Page, type PageInput } from '../page.js';
import { readPage } from '../read-page.js';
import { given, readIdBounds, readStatuses } from './list-filter.js';
import { payloadBytes } from './payload-bytes.js';

export interface ListTaskInstancesInput extends PageInput, Period {
  /** Any of these; all when empty or absent. */
  readonly status?: readonly string[] | undefined;
  readonly task?: string | undefined;
  readonly workflowInstanceId?: string | undefined;
}

const LIST = 'task-instances';
const LIVE: readonly TaskState[] = ['queued', 'retry', 'pushed', 'running'];
const UNSUCCESSFUL: readonly TaskState[] = ['failed', 'cancelled', 'dequeued', 'skipped'];

/**
 * Task instances, newest first, with the status that they have now. Each kind of status is looked for where its instances
 * are, so that a filter is quick on millions of others. A page of large params and outputs holds fewer than was asked for.
 *
 * @throws InvalidInput naming the filter
 */
export async function listTaskInstances(ctx: Ctx, input: ListTaskInstancesInput): Promise<Page<TaskInstanceDetailRow>> {
  const size = readPageSize(input.pageSize);
  const statuses = readStatuses(input.status, TASK_STATES);
  const run = given(input.workflowInstanceId);
  const workflowInstanceId = run === undefined ? undefined : parseId(run, 'workflow_instance_id');
  const { createdAfter, createdBefore } = input;
  const bounds = await readIdBounds(ctx.db, 'task', LIST, input);
  const filter = { ...bounds, createdAfter, createdBefore, task: given(input.task), limit: size + 1 };
  const found = await findIds(ctx.db, { ...filter, statuses, workflowInstanceId });
  const ids = found.map(({ id }) => id);
  const page = await readPage<TaskInstanceDetailRow>(LIST, size, {
    step: 101,
    read: (limit, _last, count) => getTaskInstances(ctx.db, ids.slice(count, count + limit)),
    bytesOf: payloadBytes,
    keyOf: ({ id }) => [id],
  });
  // Whose status has changed since it was found is no longer what was asked for.
  const items = page.items.filter((row) => statuses === undefined || statuses.some((status) => status === row.status));
  return { items, nextPageToken: page.nextPageToken };
}

interface Filter extends FindTaskIdsInput {
  readonly statuses: TaskState[] | undefined;
  readonly workflowInstanceId: string | undefined;
}

async function findIds(q: Queryable, { statuses, workflowInstanceId, ...filter }: Filter): Promise<FoundId[]> {
  if (workflowInstanceId !== undefined) return findTasksOfRun(q, { ...filter, statuses, workflowInstanceId });
  if (statuses === undefined) return findRecordedTasks(q, filter);
  const live = statuses.filter((status) => LIVE.includes(status));
  const unsuccessful = statuses.filter((status) => UNSUCCESSFUL.includes(status));
  const recorded = statuses.filter((status) => !LIVE.includes(status) && !UNSUCCESSFUL.includes(status));
  const found = [
    live.length > 0 ? await findLiveTasks(q, { ...filter, statuses: live }) : [],
    unsuccessful.length > 0 ? await findUnsuccessfulTasks(q, { ...filter, statuses: unsuccessful }) : [],
    recorded.length > 0 ? await findRecordedTasks(q, { ...filter, statuses: recorded }) : [],
  ];
  const ids = new Set(found.flat().map(({ id }) => BigInt(id)));
  const newest = [...ids].sort((a, b) => (a < b ? 1 : -1));
  return newest.slice(0, filter.limit).map((id) => ({ id: String(id) }));
}
