import { TaskflowError, type TaskflowErrorOptions } from './taskflow-error.js';

export interface QuotaExceededOptions extends TaskflowErrorOptions {
  /** Milliseconds after which the same call may be made again. */
  readonly retryAfterMs: number;
}

/** A limit is used up; the same call may be made again after `retryAfterMs`. */
export class QuotaExceeded extends TaskflowError {
  override readonly kind = 'QuotaExceeded';
  override readonly retryable = true;
  /** Milliseconds. */
  readonly retryAfterMs: number;

  constructor(message: string, options: QuotaExceededOptions) {
    super(message, 'QUOTA_EXCEEDED', options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * The service cannot do it now, and it was not done. Reasons in use: `DATABASE_DOWN`, `ROWS_LOCKED`, `NOT_LEADER`, `DRAINING`,
 * `STARTING`;
 * `UNAVAILABLE` where none is known.
 */
export class Unavailable extends TaskflowError {
  override readonly kind = 'Unavailable';
  override readonly retryable = true;

  constructor(message: string, options: TaskflowErrorOptions = {}) {
    super(message, 'UNAVAILABLE', options);
  }
}
