import { TaskflowError, type TaskflowErrorOptions } from './taskflow-error.js';

/** What the caller named does not exist. */
export class NotFound extends TaskflowError {
  override readonly kind = 'NotFound';
  override readonly retryable = false;

  constructor(message: string, options: TaskflowErrorOptions = {}) {
    super(message, 'NOT_FOUND', options);
  }
}

/** What the caller wants to create is there already; `metadata.id` holds its id where there is one. */
export class AlreadyExists extends TaskflowError {
  override readonly kind = 'AlreadyExists';
  override readonly retryable = false;

  constructor(message: string, options: TaskflowErrorOptions = {}) {
    super(message, 'ALREADY_EXISTS', options);
  }
}
