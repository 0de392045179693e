import type { SubmitOutcome } from '../outcome.js';
import { KubeError, messageOf, wasNotSent } from './kube-error.js';

type Refusal = Exclude<SubmitOutcome, { readonly kind: 'accepted' | 'exists' }>;

/**
 * What a failed create tells, but for the name that is taken already. Pure. A 403 is the destination's matter, and none for
 * long: for a moment after its start an API server refuses what is in order.
 */
export function classifyCreate(error: unknown, ownNamespace: boolean): Refusal {
  const message = messageOf(error);
  if (!(error instanceof KubeError)) return { kind: wasNotSent(error) ? 'unavailable' : 'ambiguous', message };
  const { code, reason } = error.status;
  const retry = error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs };
  const refused = (why: string, scope: 'job' | 'destination'): Refusal => ({
    kind: 'rejected',
    code: why,
    message,
    scope,
  });
  if (code === 429 || /exceeded quota/i.test(message)) return { kind: 'throttled', message, ...retry };
  if (code === 401) return refused('UNAUTHENTICATED', 'destination');
  if (code === 403)
    return refused(
      /being terminated/.test(message) ? 'NAMESPACE_ENDS' : 'FORBIDDEN',
      ownNamespace ? 'job' : 'destination',
    );
  if (code === 404) return refused('NO_NAMESPACE', ownNamespace ? 'job' : 'destination');
  if (code >= 500) return { kind: 'ambiguous', message };
  return refused(reason === 'Invalid' ? 'INVALID' : 'REJECTED', 'job');
}
