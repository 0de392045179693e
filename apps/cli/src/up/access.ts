import { randomBytes } from 'node:crypto';
import { processEnvironment } from '@taskflow/runtime/environment';

/** How the services of this `up` get into its api, and the commands that are typed beside it. */
export interface UpAccess {
  /** For TASKFLOW_ADMIN_TOKEN of the api. */
  readonly adminToken: string;
  /** For whoever calls: that of TASKFLOW_TOKEN, or else the same. */
  readonly token: string;
}

/** Undefined where everybody may call. */
export function upAccess(): UpAccess | undefined {
  const given = processEnvironment();
  if (given['TASKFLOW_AUTH'] !== 'tokens') return undefined;
  const adminToken = given['TASKFLOW_ADMIN_TOKEN'] || randomBytes(32).toString('base64url');
  return { adminToken, token: given['TASKFLOW_TOKEN']?.trim() || adminToken };
}
