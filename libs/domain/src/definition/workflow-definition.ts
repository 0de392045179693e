import type { Trigger } from '../dag/trigger.js';
import type { FieldViolation } from '../error/invalid-input.js';
import type { JsonObject } from '../json.js';
import type { Priority } from '../priority.js';
import type { ScheduleSpec } from '../schedule/schedule-spec.js';
import { checkParams, checkSla } from './check-task.js';
import { checkWorkflowGraph } from './check-workflow-graph.js';
import type { Sla } from './field-schema.js';
import { liftWorkflow } from './lift-workflow.js';
import { prefixed, readStrictly, type Read } from './read-strictly.js';
import { readSchedules } from './read-schedules.js';
import { readWorkflowTask } from './read-workflow-task.js';
import type { TaskDefinition } from './task-definition.js';
import { workflowSchema, type FailurePolicy } from './workflow-schema.js';

/** A task's place in a workflow. */
export interface WorkflowTask {
  /** Its name within the workflow. */
  readonly key: string;
  /** The task that runs: a registered one (default: named as the key), or `<workflow>.<key>` where it is `inline`. */
  readonly task: string;
  /** The task itself where it belongs to this workflow alone. Its `default_priority` is the workflow's unless it says so. */
  readonly inline?: TaskDefinition | undefined;
  /** Keys, each once. */
  readonly depends_on: readonly string[];
  /** What the dependencies must have come to. Default `all_success`. */
  readonly trigger: Trigger;
  /** Its failure does not fail the workflow; the tasks behind it see it as failed all the same. Default false. */
  readonly allow_failure: boolean;
  /** Params of the task instance; texts in it may hold references. */
  readonly params?: JsonObject | undefined;
}

/** A workflow as it is stored: complete, defaults filled, durations in milliseconds. It is valid input again, and reads as itself. */
export interface WorkflowDefinition {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** Only where the workflow is new; afterwards the database decides. Not part of the hash. Default true. */
  readonly active: boolean;
  /** Default `normal`. */
  readonly default_priority: Priority;
  /** JSON Schema of the params. */
  readonly params?: JsonObject | undefined;
  /** Instances running at once; no limit when absent. */
  readonly concurrency?: number | undefined;
  readonly sla?: Sla | undefined;
  readonly schedule: readonly ScheduleSpec[];
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
  /** Milliseconds that an instance may run as a whole; no limit when absent. */
  readonly timeout_ms?: number | undefined;
  /** Default `finish_running`. */
  readonly failure_policy: FailurePolicy;
  readonly tasks: readonly WorkflowTask[];
}

const MOST_VIOLATIONS = 100;

/** Reads a workflow from input that is known to be JSON; `field` is where it stands. */
export function readWorkflow(input: unknown, field: string): Read<WorkflowDefinition> {
  const lifted = liftWorkflow(input);
  const fields = readStrictly(workflowSchema, lifted, field);
  if (!fields.ok) return fields;
  const { tasks: items, schedule: given, ...workflow } = fields.value;
  const at = (path: string) => prefixed(field, lifted.written.get(path) ?? path);
  const schedules = readSchedules(given, workflow, at);
  const reads = items.map((item, index) => readWorkflowTask(item, at(`tasks[${index}]`), workflow));
  const tasks = reads.flatMap((read) => (read.ok ? [read.value] : []));
  const violations: FieldViolation[] = [
    ...(schedules.ok ? [] : schedules.violations),
    ...checkParams(fields.value, at),
    ...checkSla(fields.value, at),
    ...reads.flatMap((read) => (read.ok ? [] : read.violations)),
    ...(tasks.length === items.length ? checkWorkflowGraph(tasks, at) : []),
  ];
  if (violations.length > 0 || !schedules.ok) return { ok: false, violations: violations.slice(0, MOST_VIOLATIONS) };
  return { ok: true, value: { ...workflow, schedule: schedules.value, tasks } };
}
