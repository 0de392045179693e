import type {
  Submission,
  SubmitTaskRequest,
  SubmitWorkflowRequest,
  Unique,
} from '@taskflow/proto/taskflow/v1/submissions.js';
import { parseDuration } from '@taskflow/domain';
import type { DurationInput, PriorityInput } from '../define/options.js';
import { isTask, type AnyTask } from '../define/task.js';
import { isWorkflow, type AnyWorkflow } from '../define/workflow.js';
import { durationMessage } from '../duration-message.js';

export interface UniqueOptions {
  /** 1 to 500 characters. */
  key: string;
  /** `active` (default): until the instance has ended. `ttl`: until `ttl` has passed. */
  scope?: 'active' | 'ttl';
  ttl?: DurationInput;
  /** What a second submission gets. Default `return_existing`. */
  onConflict?: 'return_existing' | 'reject' | 'replace_queued';
}

export interface SubmitOptions {
  /** Default: that of the definition. */
  priority?: PriorityInput;
  /** Not before this moment. */
  runAt?: Date;
  /** Tasks only: taken off the queue when not started by then. */
  expiresAt?: Date;
  /** Excludes other submissions with the same key; a string is short for its key. */
  unique?: string | UniqueOptions;
  /** Tasks only: queue in place of the Task's. */
  queue?: string;
  /** Submitting again with the same id within a day returns the first answer. Default random: safe against lost answers. */
  requestId?: string;
}

/** What is submitted: a Task or Workflow object, or the name of a registered one. */
export type Target = AnyTask | AnyWorkflow | { readonly task: string } | { readonly workflow: string };

export interface SubmissionInput extends SubmitOptions {
  target: Target;
  params?: unknown;
}

export function submissionOf({ target, params = {}, ...options }: SubmissionInput): Submission {
  const { kind, name } = named(target);
  const base = {
    paramsJson: JSON.stringify(params),
    priority: options.priority ?? '',
    requestId: options.requestId ?? '',
    ...(options.runAt === undefined ? {} : { runAt: options.runAt }),
    ...(options.unique === undefined ? {} : { unique: uniqueOf(options.unique) }),
  };
  if (kind === 'workflow') {
    const value: SubmitWorkflowRequest = { workflow: name, ...base };
    return { item: { $case: 'workflow', value } };
  }
  const value: SubmitTaskRequest = {
    task: name,
    queue: options.queue ?? '',
    ...base,
    ...(options.expiresAt === undefined ? {} : { expiresAt: options.expiresAt }),
  };
  return { item: { $case: 'task', value } };
}

export function named(target: Target): { readonly kind: 'task' | 'workflow'; readonly name: string } {
  if (isWorkflow(target)) return { kind: 'workflow', name: target.name };
  if (isTask(target)) {
    if (target.name !== undefined) return { kind: 'task', name: target.name };
    throw new TypeError('a task without a name is part of its workflow; submit the workflow, or give it a name');
  }
  return 'task' in target ? { kind: 'task', name: target.task } : { kind: 'workflow', name: target.workflow };
}

function uniqueOf(unique: string | UniqueOptions): Unique {
  const { key, scope = '', ttl, onConflict = '' } = typeof unique === 'string' ? { key: unique } : unique;
  const kept = ttl === undefined ? {} : { ttl: durationMessage(parseDuration(ttl, 'unique.ttl')) };
  return { key, scope, onConflict, ...kept };
}
