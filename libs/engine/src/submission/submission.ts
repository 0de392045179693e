import type { TaskflowError } from '@taskflow/domain';

/** How a unique key excludes other submissions of the same Task or Workflow. */
export interface UniqueInput {
  /** 1 to 500 characters. */
  readonly key: string;
  /** `active` (default): until the instance has ended. `ttl`: until `ttlMs` has passed, whatever the instance does. */
  readonly scope?: string | undefined;
  /** Milliseconds; needed for scope `ttl`, and only there. */
  readonly ttlMs?: number | undefined;
  /** `return_existing` (default), `reject` or `replace_queued`. */
  readonly onConflict?: string | undefined;
}

interface AnySubmission {
  /** JSON text of an object; nothing means `{}`. */
  readonly paramsJson?: string | undefined;
  /** The definition's default when empty. */
  readonly priority?: string | undefined;
  /** At once when absent. */
  readonly runAt?: Date | undefined;
  readonly unique?: UniqueInput | undefined;
}

export interface TaskSubmission extends AnySubmission {
  readonly kind: 'task';
  readonly task: string;
  /** Taken off the queue when not started by then. */
  readonly expiresAt?: Date | undefined;
  /** In place of the Task's. */
  readonly queue?: string | undefined;
}

export interface WorkflowSubmission extends AnySubmission {
  readonly kind: 'workflow';
  readonly workflow: string;
}

export type SubmissionInput = TaskSubmission | WorkflowSubmission;

export interface AcceptedSubmission {
  readonly id: string;
  /** False when it is an instance that was there already: by the same unique key, or by the same request id. */
  readonly created: boolean;
}

export interface RefusedSubmission {
  readonly error: TaskflowError;
}

export type SubmissionResult = AcceptedSubmission | RefusedSubmission;
