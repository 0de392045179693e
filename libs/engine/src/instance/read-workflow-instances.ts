import { parseId, WORKFLOW_STATES } from '@taskflow/domain';
import {
  findTasksOfRun,
  getTaskInstances,
  getVersions,
  getWorkflowInstanceRow,
  listWorkflowInstanceRows,
  type Period,
  type TaskInstanceDetailRow,
  type WorkflowInstanceDetailRow,
} from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readPageSize, type Page, type PageInput } from '../page.js';
import { readPage } from '../read-page.js';
import { payloadBytes } from './payload-bytes.js';
import { given, readIdBounds, readStatuses } from './list-filter.js';
import { noWorkflowInstance } from './not-found.js';

export interface WorkflowInstanceDetail {
  readonly instance: WorkflowInstanceDetailRow;
  /** Those made so far, at most 10,000, in order of creation. */
  readonly tasks: readonly TaskInstanceDetailRow[];
  /** The definition that the run is pinned to. */
  readonly specJson: string;
}

const LIST = 'workflow-instances';
const MOST_TASKS = 10_000;
const ALL_IDS = { low: '1', high: '9223372036854775807' };

/** A workflow instance with its tasks and its graph. @throws InvalidInput, NotFound (WORKFLOW_INSTANCE_NOT_FOUND) */
export async function getWorkflowInstance(ctx: Ctx, input: { readonly id: string }): Promise<WorkflowInstanceDetail> {
  const id = parseId(input.id, 'id');
  const instance = await getWorkflowInstanceRow(ctx.db, id);
  if (instance === undefined) throw noWorkflowInstance(id);
  const found = await findTasksOfRun(ctx.db, { ...ALL_IDS, limit: MOST_TASKS, workflowInstanceId: id });
  const tasks = await getTaskInstances(
    ctx.db,
    found.map((task) => task.id),
  );
  const [version] = await getVersions(ctx.db, [instance.version_id]);
  return { instance, tasks: tasks.toReversed(), specJson: version?.spec ?? '' };
}

/** A workflow instance by itself. @throws InvalidInput, NotFound (WORKFLOW_INSTANCE_NOT_FOUND) */
export async function getWorkflowRun(ctx: Ctx, input: { readonly id: string }): Promise<WorkflowInstanceDetailRow> {
  const id = parseId(input.id, 'id');
  const instance = await getWorkflowInstanceRow(ctx.db, id);
  if (instance === undefined) throw noWorkflowInstance(id);
  return instance;
}

export interface ListWorkflowInstancesInput extends PageInput, Period {
  /** Any of these; all when empty or absent. */
  readonly status?: readonly string[] | undefined;
  readonly workflow?: string | undefined;
}

/** Workflow instances, newest first; fewer than asked for where params and outputs are large. @throws InvalidInput naming the filter */
export async function listWorkflowInstances(
  ctx: Ctx,
  input: ListWorkflowInstancesInput,
): Promise<Page<WorkflowInstanceDetailRow>> {
  const size = readPageSize(input.pageSize);
  const statuses = readStatuses(input.status, WORKFLOW_STATES);
  const bounds = await readIdBounds(ctx.db, 'workflow', LIST, input);
  const { createdAfter, createdBefore } = input;
  const filter = { ...bounds, createdAfter, createdBefore, workflow: given(input.workflow), statuses };
  return readPage<WorkflowInstanceDetailRow>(LIST, size, {
    step: 101,
    read: (limit, last) => listWorkflowInstanceRows(ctx.db, { ...filter, high: last?.id ?? bounds.high, limit }),
    bytesOf: payloadBytes,
    keyOf: ({ id }) => [id],
  });
}
