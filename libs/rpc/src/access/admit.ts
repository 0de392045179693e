import { PermissionDenied, isTaskflowError } from '@taskflow/domain';
import type { Admission, Caller, Guard } from './guard.js';
import { readBearer } from './read-bearer.js';
import { ROLES_OF, nameRoles } from './role-table.js';

/** With what a call came. */
export interface Credentials {
  /** Every `authorization` that was sent. */
  readonly authorization: readonly string[];
  /** IP address of the caller. */
  readonly peer: string;
}

/**
 * Lets a call in: its token is valid, and the role of the token may call the method.
 *
 * @throws Unauthenticated, PermissionDenied, and what the guard throws
 */
export async function admit(guard: Guard, method: string, credentials: Credentials): Promise<Admission> {
  let caller: Caller | undefined;
  try {
    const identified = guard.identify(readBearer(credentials.authorization), credentials.peer);
    const admission = identified instanceof Promise ? await identified : identified;
    caller = admission.caller;
    demandRole(caller, method);
    return admission;
  } catch (error) {
    // A guard that cannot ask its database has not refused anybody.
    if (isTaskflowError(error) && error.kind !== 'Unavailable')
      guard.refused({ method, peer: credentials.peer, reason: error.reason, caller });
    throw error;
  }
}

function demandRole(caller: Caller, method: string): void {
  const roles = ROLES_OF.get(method);
  if (roles === undefined) throw new Error(`${method} has no row in the table of roles`);
  if (roles.includes(caller.role)) return;
  const name = method.slice(method.lastIndexOf('/') + 1);
  const needed = nameRoles(roles);
  throw new PermissionDenied(
    `${name} needs the role ${needed}; the token "${caller.name}" has the role ${caller.role}. Use a token of such a role; an admin makes one with \`taskflow auth token create\`.`,
    { reason: 'ROLE_MISSING', metadata: { role: caller.role, needed: roles.join(','), method } },
  );
}
