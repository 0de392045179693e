import { Unauthenticated } from '@taskflow/domain';
import type { FoundToken } from './token-cache.js';

const NEXT = 'Use another one: an admin makes it with `taskflow auth token create`, and it goes into TASKFLOW_TOKEN.';

export function tokenUnknown(): Unauthenticated {
  return new Unauthenticated(`The token of this call is not known here. ${NEXT}`, { reason: 'TOKEN_UNKNOWN' });
}

/** For a token that is known and no longer valid. */
export function tokenEnded({ name, state }: Pick<FoundToken, 'name' | 'state'>): Unauthenticated {
  const how = state === 'revoked' ? 'was revoked' : 'has expired';
  const reason = state === 'revoked' ? 'TOKEN_REVOKED' : 'TOKEN_EXPIRED';
  return new Unauthenticated(`The token "${name}" ${how}. ${NEXT}`, { reason, metadata: { token: name } });
}
