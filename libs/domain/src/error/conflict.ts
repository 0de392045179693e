import { TaskflowError, type TaskflowErrorOptions } from './taskflow-error.js';

/** The state machine has no such step: the thing is in a state in which this cannot happen to it. */
export class IllegalTransition extends TaskflowError {
  override readonly kind = 'IllegalTransition';
  override readonly retryable = false;

  constructor(message: string, options: TaskflowErrorOptions = {}) {
    super(message, 'ILLEGAL_TRANSITION', options);
  }
}

/** The caller no longer holds the lease under which it acts; it stops that work and reports nothing more of it. */
export class LeaseLost extends TaskflowError {
  override readonly kind = 'LeaseLost';
  override readonly retryable = false;

  constructor(message: string, options: TaskflowErrorOptions = {}) {
    super(message, 'LEASE_LOST', options);
  }
}

/** Someone else changed it first; read it again, then decide again. */
export class VersionConflict extends TaskflowError {
  override readonly kind = 'VersionConflict';
  override readonly retryable = true;

  constructor(message: string, options: TaskflowErrorOptions = {}) {
    super(message, 'VERSION_CONFLICT', options);
  }
}
