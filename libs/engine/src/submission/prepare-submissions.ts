import {
  InvalidInput,
  isTaskflowError,
  NotFound,
  validateParams,
  type Priority,
  type TaskDefinition,
  type WorkflowDefinition,
} from '@taskflow/domain';
import { ensureLanes, findTargets, listNames, type Queryable, type SubmissionTarget } from '@taskflow/store';
import { notRegisteredAmong } from '../definition/not-registered.js';
import { taskSpecs, workflowSpecs } from '../definition/version-cache.js';
import { laneOf } from '../definition/write-definitions.js';
import type { NewTaskInstance } from '../task/create-task-instances.js';
import { limitsOf } from '../task/limits-of.js';
import type { NewWorkflowInstance } from '../workflow/create-workflow-instances.js';
import { checkSubmission, type CheckedUnique } from './check-submission.js';
import { knownTarget, rememberTargets } from './known-targets.js';
import type { RefusedSubmission, SubmissionInput, TaskSubmission, WorkflowSubmission } from './submission.js';

export interface PreparedTask {
  readonly kind: 'task';
  readonly name: string;
  readonly row: NewTaskInstance;
  readonly unique: CheckedUnique | undefined;
}

export interface PreparedWorkflow {
  readonly kind: 'workflow';
  readonly name: string;
  readonly row: NewWorkflowInstance;
  readonly unique: CheckedUnique | undefined;
}

export type Prepared = PreparedTask | PreparedWorkflow | RefusedSubmission;

/** Facts that all instances of one call share. */
export interface SubmitFacts {
  readonly submittedBy: string;
  readonly traceParent: string | undefined;
  readonly traceState: string | undefined;
}

export interface PreparedBatch {
  /** In the order of the submissions. */
  readonly items: readonly Prepared[];
  /** Lanes came into being that no worker knows yet. */
  readonly newLanes: boolean;
}

/** Turns submissions into rows to be made: finds definitions, checks params, resolves limits. Writes nothing but lanes. */
export async function prepareSubmissions(
  q: Queryable,
  submissions: readonly SubmissionInput[],
  facts: SubmitFacts,
): Promise<PreparedBatch> {
  const sources = await loadSources(q, submissions);
  const items = submissions.map((submission): Prepared => {
    try {
      return prepare(submission, sources, facts);
    } catch (error) {
      if (isTaskflowError(error)) return { error };
      throw error;
    }
  });
  return { items, newLanes: sources.newLanes };
}

/**
 * As prepareSubmissions, of what is in the queues of its Tasks, from what is remembered of these: nothing is read that was read
 * before. Undefined when something is not remembered or is to be refused.
 */
export async function prepareKnown(
  q: Queryable,
  submissions: readonly SubmissionInput[],
  facts: SubmitFacts,
): Promise<(PreparedTask | PreparedWorkflow)[] | undefined> {
  const targets = new Map<string, SubmissionTarget>();
  for (const submission of submissions) {
    if (submission.kind === 'task' && submission.queue) return undefined;
    const key = `${submission.kind} ${nameOf(submission)}`;
    const target = targets.get(key) ?? knownTarget(q, submission.kind, nameOf(submission));
    if (target === undefined) return undefined;
    targets.set(key, target);
  }
  const specs = await specsOf(q, [...targets.values()]);
  const sources = { targets, ...specs, lanes: new Map(), newLanes: false, missing: new Map() };
  try {
    let last: { readonly submission: SubmissionInput; readonly item: PreparedTask | PreparedWorkflow } | undefined;
    return submissions.map((submission) => {
      // A batch often holds the same again: then it is the same object.
      if (last === undefined || !isSame(submission, last.submission))
        last = { submission, item: prepare(submission, sources, facts) };
      return last.item;
    });
  } catch (error) {
    if (isTaskflowError(error)) return undefined;
    throw error;
  }
}

function prepare(submission: SubmissionInput, sources: Sources, facts: SubmitFacts): PreparedTask | PreparedWorkflow {
  return submission.kind === 'task'
    ? prepareTask(submission, sources, facts)
    : prepareWorkflow(submission, sources, facts);
}

function isSame(one: SubmissionInput, other: SubmissionInput): boolean {
  if (one.kind !== 'task' || other.kind !== 'task' || one.task !== other.task) return false;
  if (one.paramsJson !== other.paramsJson || one.priority !== other.priority) return false;
  return (one.runAt ?? one.expiresAt ?? one.unique ?? other.runAt ?? other.expiresAt ?? other.unique) === undefined;
}

interface Sources {
  readonly targets: ReadonlyMap<string, SubmissionTarget>;
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  readonly workflows: ReadonlyMap<string, WorkflowDefinition>;
  /** Lane ids of Tasks in other queues, by `QUEUE TASK`. */
  readonly lanes: ReadonlyMap<string, number>;
  readonly newLanes: boolean;
  readonly missing: ReadonlyMap<string, NotFound>;
}

async function loadSources(q: Queryable, submissions: readonly SubmissionInput[]): Promise<Sources> {
  const names = { task: new Set<string>(), workflow: new Set<string>() };
  for (const submission of submissions) names[submission.kind].add(nameOf(submission));
  const rows = await findTargets(q, { tasks: [...names.task], workflows: [...names.workflow] });
  rememberTargets(q, rows);
  const targets = new Map(rows.map((row) => [`${row.kind} ${row.name}`, row]));
  const { tasks, workflows } = await specsOf(q, rows);
  const missing = new Map<string, NotFound>();
  for (const kind of ['task', 'workflow'] as const) {
    const unknown = [...names[kind]].filter((name) => !targets.has(`${kind} ${name}`));
    const known = unknown.length > 0 ? await listNames(q, kind) : [];
    for (const name of unknown) missing.set(`${kind} ${name}`, notRegisteredAmong(kind, name, known));
  }
  return { targets, tasks, workflows, missing, ...(await lanesOfQueues(q, submissions, targets, tasks)) };
}

async function specsOf(
  q: Queryable,
  targets: readonly SubmissionTarget[],
): Promise<Pick<Sources, 'tasks' | 'workflows'>> {
  const versions = (kind: string) =>
    targets.filter((target) => target.kind === kind).map((target) => target.version_id);
  return { tasks: await taskSpecs(q, versions('task')), workflows: await workflowSpecs(q, versions('workflow')) };
}

async function lanesOfQueues(
  q: Queryable,
  submissions: readonly SubmissionInput[],
  targets: ReadonlyMap<string, SubmissionTarget>,
  specs: ReadonlyMap<string, TaskDefinition>,
): Promise<Pick<Sources, 'lanes' | 'newLanes'>> {
  const wanted = new Map<string, ReturnType<typeof laneOf>>();
  for (const submission of submissions) {
    if (submission.kind !== 'task' || !submission.queue) continue;
    const spec = specs.get(targets.get(`task ${submission.task}`)?.version_id ?? '');
    const valid = spec !== undefined && spec.queue !== submission.queue && refusal(submission) === undefined;
    if (valid) wanted.set(`${submission.queue} ${submission.task}`, laneOf(spec, submission.queue));
  }
  if (wanted.size === 0) return { lanes: new Map(), newLanes: false };
  const lanes = await ensureLanes(q, [...wanted.values()]);
  return {
    lanes: new Map([...wanted.keys()].map((key, index) => [key, lanes[index]?.id ?? 0])),
    newLanes: lanes.some((lane) => lane.created),
  };
}

function refusal(submission: SubmissionInput): InvalidInput | undefined {
  try {
    checkSubmission(submission);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
}

function nameOf(submission: SubmissionInput): string {
  return submission.kind === 'task' ? submission.task : submission.workflow;
}

function targetOf(submission: SubmissionInput, sources: Sources): SubmissionTarget {
  const key = `${submission.kind} ${nameOf(submission)}`;
  const target = sources.targets.get(key);
  if (target === undefined) throw sources.missing.get(key) ?? new NotFound(`No ${key} is registered.`);
  return target;
}

function prepareTask(submission: TaskSubmission, sources: Sources, facts: SubmitFacts): PreparedTask {
  const checked = checkSubmission(submission);
  const target = targetOf(submission, sources);
  const spec = definitionOf(sources.tasks, target);
  const params = validateParams({ schema: spec.params, defaults: spec.defaults, given: checked.params });
  const lane = submission.queue ? sources.lanes.get(`${submission.queue} ${submission.task}`) : undefined;
  return {
    kind: 'task',
    name: target.name,
    unique: checked.unique,
    row: {
      ...facts,
      ...limitsOf(spec, params),
      taskName: target.name,
      versionId: target.version_id,
      laneId: lane ?? target.lane_id ?? 0,
      priority: checked.priority ?? (target.default_priority as Priority),
      params: JSON.stringify(params),
      runAt: submission.runAt,
      expiresAt: submission.expiresAt,
      expiresInMs: spec.start_timeout_ms,
      timeoutMs: spec.timeout_ms,
      startWithinMs: spec.sla?.start_within_ms,
      finishWithinMs: spec.sla?.finish_within_ms,
    },
  };
}

function prepareWorkflow(submission: WorkflowSubmission, sources: Sources, facts: SubmitFacts): PreparedWorkflow {
  const checked = checkSubmission(submission);
  const target = targetOf(submission, sources);
  const spec = definitionOf(sources.workflows, target);
  const params = validateParams({ schema: spec.params, given: checked.params });
  return {
    kind: 'workflow',
    name: target.name,
    unique: checked.unique,
    row: {
      ...facts,
      workflowName: target.name,
      versionId: target.version_id,
      priority: checked.priority ?? (target.default_priority as Priority),
      params: JSON.stringify(params),
      runAt: submission.runAt,
      nodesTotal: spec.tasks.length,
      startWithinMs: spec.sla?.start_within_ms,
      finishWithinMs: spec.sla?.finish_within_ms,
    },
  };
}

function definitionOf<T>(specs: ReadonlyMap<string, T>, target: SubmissionTarget): T {
  const spec = specs.get(target.version_id);
  if (spec === undefined)
    throw new NotFound(`Version ${target.version_id} of ${target.kind} ${target.name} is not stored.`);
  return spec;
}
