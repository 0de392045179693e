import { isTaskflowError, type TaskflowError } from '@taskflow/domain/errors';

/** Whether the api lets this worker in no more: its token is not valid, or not of the role. No retry mends it. */
export function isKeptOut(error: unknown): error is TaskflowError {
  return isTaskflowError(error) && (error.kind === 'Unauthenticated' || error.kind === 'PermissionDenied');
}
