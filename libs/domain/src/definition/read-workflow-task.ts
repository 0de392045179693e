import type { Trigger } from '../dag/trigger.js';
import { fieldViolation } from '../error/invalid-input.js';
import type { JsonObject } from '../json.js';
import type { Priority } from '../priority.js';
import { liftWorkflowTask } from './lift-workflow.js';
import { isRecord, prefixed, readStrictly, type Read } from './read-strictly.js';
import { readTask, type TaskDefinition } from './task-definition.js';
import { workflowTaskSchema } from './workflow-schema.js';

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

interface Owner {
  readonly name: string;
  readonly default_priority: Priority;
}

/** The name under which a task that belongs to one workflow is registered. */
function inlineTaskName(workflow: string, key: string): string {
  return `${workflow}.${key}`;
}

/** Reads one task of a workflow; `field` is where it stands. */
export function readWorkflowTask(input: unknown, field: string, owner: Owner): Read<WorkflowTask> {
  const { item, inlinePath } = liftWorkflowTask(input);
  const fields = readStrictly(workflowTaskSchema, item, field);
  if (!fields.ok) return fields;
  const { task, inline, ...place } = fields.value;
  if (inline === undefined) return { ok: true, value: { ...place, task: task ?? place.key } };
  const name = inlineTaskName(owner.name, place.key);
  if (task !== undefined && task !== name) {
    const wanted = 'either a registered task or fields of its own, not both';
    return { ok: false, violations: [fieldViolation(prefixed(field, 'task'), task, wanted)] };
  }
  const read = readInline(inline, prefixed(field, inlinePath), name, owner);
  return read.ok ? { ok: true, value: { ...place, task: name, inline: read.value } } : read;
}

function readInline(input: unknown, field: string, name: string, owner: Owner): Read<TaskDefinition> {
  const given = isRecord(input) ? { default_priority: owner.default_priority, name, ...input } : input;
  const read = readTask(given, field);
  if (!read.ok) return read;
  const { name: own, schedule, start_date: start, end_date: end } = read.value;
  const at = (path: string) => prefixed(field, path);
  if (own !== name) {
    return {
      ok: false,
      violations: [fieldViolation(at('name'), own, `no name: within this workflow it is "${name}"`)],
    };
  }
  if (schedule.length > 0 || start !== undefined || end !== undefined) {
    const wanted = 'no schedule: a task of a workflow runs when the workflow does';
    const stray = schedule.length > 0 ? 'schedule' : start === undefined ? 'end_date' : 'start_date';
    return { ok: false, violations: [fieldViolation(at(stray), 'a schedule', wanted)] };
  }
  return read;
}
