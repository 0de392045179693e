import type { Priority, ScheduleSpec, TaskDefinition, WorkflowDefinition } from '@taskflow/domain';
import { linkTaskSlots, linkWorkflowSlots, type DueSchedule, type Queryable } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { taskSpecs, workflowSpecs } from '../definition/version-cache.js';
import { admitBlocked } from '../limit/admit-blocked.js';
import { createTaskInstances, type NewTaskInstance } from '../task/create-task-instances.js';
import { createWorkflowInstances, type NewWorkflowInstance } from '../workflow/create-workflow-instances.js';
import { rootTrace } from './root-trace.js';
import { scheduledParams } from './scheduled-params.js';
import { slotDeadlines } from './slot-deadlines.js';

/** A slot that is to have its instance. */
export interface FiringSlot {
  readonly due: DueSchedule;
  readonly spec: ScheduleSpec;
  readonly slot: Date;
  readonly runAt: Date;
  /** The id that the slot's row names already. */
  readonly instanceId?: string | undefined;
}

export interface Targets {
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  readonly workflows: ReadonlyMap<string, WorkflowDefinition>;
}

/** The definitions that these schedules make instances of, by version. */
export async function targetsOf(q: Queryable, due: readonly DueSchedule[]): Promise<Targets> {
  const versions = (kind: 'task' | 'workflow'): string[] =>
    due.flatMap((schedule) => (schedule.kind === kind && schedule.version_id !== null ? [schedule.version_id] : []));
  return { tasks: await taskSpecs(q, versions('task')), workflows: await workflowSpecs(q, versions('workflow')) };
}

/** Whether there is something to make an instance of. */
export function hasTarget(targets: Targets, due: DueSchedule): boolean {
  return definitionOf(targets, due) !== undefined;
}

/** Why the target cannot be run by a schedule; undefined when it can. */
export function targetFault(targets: Targets, due: DueSchedule): string | undefined {
  const definition = definitionOf(targets, due);
  if (!definition) return undefined;
  const { fault } = scheduledParams(definition);
  return fault === undefined ? undefined : `bad_params: ${fault}`;
}

function definitionOf(targets: Targets, due: DueSchedule): TaskDefinition | WorkflowDefinition | undefined {
  return (due.kind === 'task' ? targets.tasks : targets.workflows).get(due.version_id ?? '');
}

/** Makes the instances of slots that were won, and names them in the slots' rows where those do not yet. Gives the lanes that have work now. */
export async function fireSlots(
  ctx: Ctx,
  q: Queryable,
  firing: readonly FiringSlot[],
  targets: Targets,
  now: Date | undefined,
): Promise<{ laneIds: number[]; tasks: number; workflows: number }> {
  const tasks: NewTaskInstance[] = [];
  const workflows: NewWorkflowInstance[] = [];
  for (const slot of firing) {
    const version = slot.due.version_id ?? '';
    const task = targets.tasks.get(version);
    const workflow = targets.workflows.get(version);
    if (slot.due.kind === 'task' && task) tasks.push(taskOf(ctx, slot, task));
    if (slot.due.kind === 'workflow' && workflow) workflows.push(workflowOf(ctx, slot, workflow));
  }
  const made = await createTaskInstances(q, tasks, { now });
  await linkTaskSlots(
    q,
    made.filter((task) => tasks[task.index]?.id === undefined).map((task) => task.id),
  );
  const runs = await createWorkflowInstances(q, workflows, { now });
  await linkWorkflowSlots(
    q,
    runs.filter((_run, index) => workflows[index]?.id === undefined).map((run) => run.id),
  );
  const lanes = new Set(made.filter((task) => task.placement === 'queue').map((task) => task.laneId));
  const blocked = made
    .filter((task) => task.placement === 'blocked')
    .flatMap((task) => tasks[task.index]?.limitKeys ?? []);
  if (blocked.length > 0) for (const lane of (await admitBlocked(q, [...new Set(blocked)])).laneIds) lanes.add(lane);
  return { laneIds: [...lanes], tasks: made.length, workflows: runs.length };
}

function taskOf(ctx: Ctx, { due, spec, slot, runAt, instanceId }: FiringSlot, task: TaskDefinition): NewTaskInstance {
  const { text, limits } = scheduledParams(task);
  return {
    ...commonOf(ctx, due, slot, runAt),
    ...slotDeadlines(task.sla, spec, slot, runAt),
    ...limits,
    id: instanceId,
    taskName: task.name,
    laneId: due.lane_id ?? 0,
    params: text,
    expiresInMs: task.start_timeout_ms,
    timeoutMs: task.timeout_ms,
  };
}

function workflowOf(
  ctx: Ctx,
  { due, spec, slot, runAt, instanceId }: FiringSlot,
  workflow: WorkflowDefinition,
): NewWorkflowInstance {
  return {
    ...commonOf(ctx, due, slot, runAt),
    ...slotDeadlines(workflow.sla, spec, slot, runAt),
    id: instanceId,
    workflowName: workflow.name,
    params: scheduledParams(workflow).text,
    nodesTotal: workflow.tasks.length,
  };
}

function commonOf(ctx: Ctx, due: DueSchedule, slot: Date, runAt: Date) {
  const attributes = { 'taskflow.schedule_id': due.id, 'taskflow.target': due.target_name };
  return {
    versionId: due.version_id ?? '',
    priority: (due.priority ?? 'normal') as Priority,
    runAt,
    scheduledFor: slot,
    scheduleId: due.id,
    traceParent: rootTrace(ctx.tracer, 'taskflow.schedule.fire', attributes),
    submittedBy: `schedule:${due.id}`,
  };
}
