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
import { readWorkflowTask, type WorkflowTask } from './read-workflow-task.js';
import { workflowSchema, type FailurePolicy } from './workflow-schema.js';

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
