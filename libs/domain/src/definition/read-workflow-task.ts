import { fieldViolation } from '../error/invalid-input.js';
import type { Priority } from '../priority.js';
import { liftWorkflowTask } from './lift-workflow.js';
import { isRecord, prefixed, readStrictly, type Read } from './read-strictly.js';
import { readTask, type TaskDefinition } from './task-definition.js';
import type { WorkflowTask } from './workflow-definition.js';
import { workflowTaskSchema } from './workflow-schema.js';

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
