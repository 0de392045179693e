import type { SubmitOutcome } from '../outcome.js';
import { NotSent } from '../pace.js';
import { KubeError, messageOf, throttleOf, wasNotSent } from './kube-error.js';

const THROTTLED_MS = 1000;
/** Room comes when other Jobs end, which nobody tells. */
const NO_ROOM_MS = 10_000;

type Refusal = Exclude<SubmitOutcome, { readonly kind: 'accepted' | 'exists' }>;

/**
 * What a failed create tells, but for the name that is taken already. Pure. A 403 is the destination's matter, and none for
 * long: for a moment after its start an API server refuses what is in order.
 */
export function classifyCreate(error: unknown, ownNamespace: boolean): Refusal {
  const message = messageOf(error);
  if (error instanceof NotSent) return { kind: 'throttled', message, retryAfterMs: THROTTLED_MS };
  if (!(error instanceof KubeError)) return { kind: wasNotSent(error) ? 'unavailable' : 'ambiguous', message };
  const { code, reason } = error.status;
  const refused = (why: string, scope: 'job' | 'destination'): Refusal => ({
    kind: 'rejected',
    code: why,
    message,
    scope,
  });
  const throttle = throttleOf(error);
  // When it goes again is a matter of pace, not of how often it was tried.
  if (throttle) return { kind: 'throttled', message, retryAfterMs: throttle.retryAfterMs ?? THROTTLED_MS };
  if (/exceeded quota/i.test(message)) return { kind: 'full', message, retryAfterMs: NO_ROOM_MS };
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
