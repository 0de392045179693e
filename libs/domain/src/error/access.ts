import { TaskflowError, type TaskflowErrorOptions } from './taskflow-error.js';

/** Nobody knows who is calling: there is no token, or not one that is valid now. */
export class Unauthenticated extends TaskflowError {
  override readonly kind = 'Unauthenticated';
  override readonly retryable = false;

  constructor(message: string, options: TaskflowErrorOptions = {}) {
    super(message, 'UNAUTHENTICATED', options);
  }
}

/** The caller is known and its role does not allow this. */
export class PermissionDenied extends TaskflowError {
  override readonly kind = 'PermissionDenied';
  override readonly retryable = false;

  constructor(message: string, options: TaskflowErrorOptions = {}) {
    super(message, 'PERMISSION_DENIED', options);
  }
}
