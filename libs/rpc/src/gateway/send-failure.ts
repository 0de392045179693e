import type { FastifyReply } from 'fastify';
import { toHttpError } from '../error/http-error.js';
import type { WireError } from '../error/wire-error.js';

/** Answers with the status and the body of style's error table. `http` overrides the status where HTTP has a better word. */
export function sendFailure(reply: FastifyReply, failure: WireError, http = failure.http): FastifyReply {
  if (failure.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000));
  const challenge = challengeOf(failure);
  if (challenge !== undefined) reply.header('www-authenticate', challenge);
  return reply
    .status(http)
    .header('x-request-id', failure.requestId)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(toHttpError(failure)));
}

/** What HTTP wants beside 401 and 403 (RFC 6750). */
function challengeOf({ kind, reason }: WireError): string | undefined {
  const realm = 'Bearer realm="taskflow"';
  if (reason === 'TOKEN_MISSING') return realm;
  if (kind === 'Unauthenticated') return `${realm}, error="invalid_token"`;
  return reason === 'ROLE_MISSING' ? `${realm}, error="insufficient_scope"` : undefined;
}
