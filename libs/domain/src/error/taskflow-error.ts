const BRAND = Symbol.for('taskflow.error');

export type ErrorKind =
  | 'InvalidInput'
  | 'NotFound'
  | 'AlreadyExists'
  | 'IllegalTransition'
  | 'LeaseLost'
  | 'VersionConflict'
  | 'QuotaExceeded'
  | 'Unauthenticated'
  | 'PermissionDenied'
  | 'Unavailable';

export interface TaskflowErrorOptions {
  /** UPPER_SNAKE name of the cause, stable for programs. Each class has its own default. */
  readonly reason?: string;
  /** Facts about the failure, for programs and logs. Never payloads or secrets. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/**
 * Base of every failure that a caller can act on. Anything that is not one of these is a bug.
 *
 * The message says what happened, to what, and what to do next.
 */
export abstract class TaskflowError extends Error {
  /** The class, as a word: equal across copies of this module, where `instanceof` is not. */
  abstract readonly kind: ErrorKind;
  /** True when the same call may succeed later without being changed. */
  abstract readonly retryable: boolean;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;

  protected constructor(message: string, reason: string, options: TaskflowErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.reason = options.reason ?? reason;
    this.metadata = options.metadata ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** True for every Taskflow error, also for one made by another loaded copy of this module. */
export function isTaskflowError(value: unknown): value is TaskflowError {
  return value instanceof Error && BRAND in value;
}
