import { randomInt } from 'node:crypto';
import {
  areUniform,
  submitLeased,
  submitTasks,
  submitWorkflowRun,
  type ClaimedTask,
  type SubmittedTask,
  type SubmittedTasks,
  type TaskInstanceRow,
} from '@taskflow/store';
import type { Ctx } from '../context.js';
import { toTaskInstanceRow } from '../task/create-task-instances.js';
import { prepareClaimed } from '../task/lease-tasks.js';
import { rememberClaim } from '../task/unanswered-claims.js';
import { knownTarget } from './known-targets.js';
import { prepareKnown, type PreparedTask, type PreparedWorkflow, type SubmitFacts } from './prepare-submissions.js';
import { digestOf } from './stored-answer.js';
import type { AcceptedSubmission, SubmissionInput } from './submission.js';
import type { WaitingWorker } from './waiting-worker.js';

interface AtOnce {
  readonly submissions: readonly SubmissionInput[];
  readonly requestId: string | undefined;
  readonly facts: SubmitFacts;
}

const LARGEST_RANDOM = 2 ** 47;

/**
 * Submits instances of one Task that differ in nothing but their params in a single statement, from what is remembered of the
 * Task; one for which a worker waits here is leased to it in the same statement. So is one instance of a Workflow. Undefined when that is not possible: then
 * nothing was made, and the ordinary way says why or makes it.
 */
export async function submitAtOnce(ctx: Ctx, input: AtOnce): Promise<AcceptedSubmission[] | undefined> {
  const items = await prepareKnown(ctx.db, input.submissions, input.facts);
  if (items === undefined) return undefined;
  const [first, second] = items;
  if (first?.kind === 'workflow' && second === undefined) return submitRun(ctx, first, input);
  const tasks = submittedTasks(ctx, items, input);
  if (tasks === undefined) return undefined;
  const worker =
    tasks.params.length === 1 && tasks.timeoutMs === undefined ? ctx.waitingWorker?.(tasks.laneId) : undefined;
  const made = await (worker ? submitTo(ctx, tasks, worker) : submitTasks(ctx.db, tasks));
  if (made.length === 0) return undefined;
  if (made.some((task) => task.lease_id === null)) ctx.wake.ready([tasks.laneId]);
  return made.map(({ id }) => ({ id, created: true }));
}

async function submitRun(
  ctx: Ctx,
  { row, unique }: PreparedWorkflow,
  input: AtOnce,
): Promise<AcceptedSubmission[] | undefined> {
  const target = knownTarget(ctx.db, 'workflow', row.workflowName);
  if (target === undefined || unique !== undefined || row.runAt !== undefined) return undefined;
  const request = requestOf(input);
  const made = await submitWorkflowRun(ctx.db, { ...row, request, defaultPriority: target.default_priority });
  if (made === undefined) return undefined;
  ctx.wake.workflowChanged();
  return [{ id: made, created: true }];
}

function requestOf({ requestId, submissions }: AtOnce): SubmittedTasks['request'] {
  return requestId === undefined ? undefined : { id: requestId, digest: digestOf(submissions) };
}

function submittedTasks(
  ctx: Ctx,
  items: readonly (PreparedTask | PreparedWorkflow)[],
  input: AtOnce,
): SubmittedTasks | undefined {
  const rows: TaskInstanceRow[] = [];
  for (const [index, item] of items.entries()) {
    if (item.kind !== 'task' || item.unique !== undefined) return undefined;
    const before = rows[index - 1];
    rows.push(before !== undefined && item === items[index - 1] ? before : toTaskInstanceRow(item.row));
  }
  const [first] = rows;
  const target = first && knownTarget(ctx.db, 'task', first.taskName);
  if (first === undefined || target === undefined || !areUniform(rows)) return undefined;
  return {
    ...first,
    request: requestOf(input),
    defaultPriority: target.default_priority,
    params: rows.map((row) => row.params ?? '{}'),
  };
}

async function submitTo(ctx: Ctx, tasks: SubmittedTasks, worker: WaitingWorker): Promise<SubmittedTask[]> {
  const { sessionId } = worker;
  const claimId = String(randomInt(1, LARGEST_RANDOM));
  let given = false;
  try {
    const made = await submitLeased(ctx.db, tasks, { sessionId, claimId });
    const [lease] = await prepareClaimed(
      ctx,
      made.flatMap((task) => claimedOf(task, tasks, sessionId)),
    );
    if (lease !== undefined) worker.lease(lease);
    given = lease !== undefined;
    return made;
  } catch (error) {
    // It may have been leased all the same: such leases go back to the queue before the next claim.
    rememberClaim(ctx, claimId, [sessionId]);
    throw error;
  } finally {
    if (!given) worker.release();
  }
}

function claimedOf({ id, lease_id, handler }: SubmittedTask, tasks: SubmittedTasks, sessionId: string): ClaimedTask[] {
  if (lease_id === null) return [];
  const task: ClaimedTask = {
    id,
    attempt: 1,
    lease_id,
    session_id: sessionId,
    handler: handler ?? '',
    task_name: tasks.taskName,
    version_id: tasks.versionId,
    workflow_instance_id: null,
    node_key: null,
    workflow_name: null,
    workflow_version_id: null,
    params: tasks.params[0] ?? '{}',
    timeout_ms: null,
    failures: 0,
    trace_parent: tasks.traceParent ?? null,
    trace_state: tasks.traceState ?? null,
    scheduled_for: null,
    priority: tasks.priority,
    // It was in no queue.
    rank: '0',
  };
  return [task];
}
