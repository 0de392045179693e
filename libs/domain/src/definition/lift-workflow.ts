import { RUN_KEYS, liftDuration, liftSchedule, liftSla } from './lift-task.js';
import { isRecord, type Lifted } from './read-strictly.js';
import { taskSchema } from './task-schema.js';
import { workflowTaskSchema } from './workflow-schema.js';

const ITEM_KEYS = new Set(Object.keys(workflowTaskSchema.shape));
const INLINE_KEYS = new Set([
  ...RUN_KEYS,
  ...Object.keys(taskSchema.shape).flatMap((key) => [key, key.replace(/_ms$/, '')]),
]);

/** Brings a workflow as an author may write it into its normal form; its tasks stay as they are. */
export function liftWorkflow(input: unknown): Lifted {
  if (!isRecord(input)) return { value: input, written: new Map() };
  const written = new Map<string, string>();
  const workflow = { ...input };
  liftDuration(workflow, 'timeout', '', written);
  liftSla(workflow, written);
  liftSchedule(workflow, written);
  return { value: workflow, written };
}

/** A task of a workflow, with the fields of the task itself apart from those of its place in the graph. */
export interface LiftedItem {
  readonly item: Lifted;
  /** Path of `inline` as written: empty where its fields were written beside the key. */
  readonly inlinePath: string;
}

/** Brings a task of a workflow into its normal form: a task's own fields (`bash`, `retries`…) move into `inline`, one dependency into a list. */
export function liftWorkflowTask(input: unknown): LiftedItem {
  const written = new Map<string, string>();
  if (!isRecord(input)) return { item: { value: input, written }, inlinePath: 'inline' };
  const own = Object.entries(input).filter(([key]) => !ITEM_KEYS.has(key) && INLINE_KEYS.has(key));
  const item = Object.fromEntries(Object.entries(input).filter(([key]) => ITEM_KEYS.has(key) || !INLINE_KEYS.has(key)));
  if (typeof item['depends_on'] === 'string') {
    item['depends_on'] = [item['depends_on']];
    written.set('depends_on[0]', 'depends_on');
  }
  const shorthands = [...INLINE_KEYS];
  if (own.length === 0 || item['inline'] !== undefined) {
    return { item: { value: { ...item, ...Object.fromEntries(own) }, written, shorthands }, inlinePath: 'inline' };
  }
  return { item: { value: { ...item, inline: Object.fromEntries(own) }, written, shorthands }, inlinePath: '' };
}
