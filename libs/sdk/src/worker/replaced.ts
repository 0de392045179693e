import { LeaseLost, isTaskflowError } from '@taskflow/domain/errors';

const REASON = 'SESSION_REPLACED';

/** Whether the api ended the session because another process has connected under this worker's name. */
export function isReplaced(error: unknown): error is LeaseLost {
  return isTaskflowError(error) && error.reason === REASON;
}

/** The same, as the answer to a heartbeat told it. */
export function replaced(detail: string): LeaseLost {
  return new LeaseLost(detail, { reason: REASON });
}
