import { processEnvironment } from '@taskflow/runtime/environment';
import { usage } from '../failure/command-failure.js';
import { findRunningUp } from '../up/running-up.js';

const DEFAULT = '127.0.0.1:7233';

/**
 * Where the api listens: `--api`, then TASKFLOW_API_ADDRESS, then that of the `taskflow up` which runs in this folder.
 *
 * @returns host:port
 */
export function apiAddress(given: string | undefined): string {
  if (given !== undefined) return checked('--api', given);
  const variable = processEnvironment()['TASKFLOW_API_ADDRESS'];
  if (variable) return checked('TASKFLOW_API_ADDRESS', variable);
  return findRunningUp()?.grpc ?? DEFAULT;
}

function checked(name: string, address: string): string {
  if (/^[^\s:/]+:\d{1,5}$/.test(address)) return address;
  throw usage(`${name}: got ${JSON.stringify(address)}, wanted host:port, for example ${DEFAULT}`);
}
