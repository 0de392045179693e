import { processEnvironment } from '@taskflow/runtime/environment';
import { findRunningUp } from '../up/running-up.js';

/** The token for the api: `--token`, then TASKFLOW_TOKEN, then that of the `taskflow up` which runs in this folder. */
export function apiToken(given: string | undefined): string | undefined {
  return given ?? (processEnvironment()['TASKFLOW_TOKEN']?.trim() || findRunningUp()?.token);
}
