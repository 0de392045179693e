import type { FastifyReply } from 'fastify';
import { toHttpError } from '../error/http-error.js';
import type { WireError } from '../error/wire-error.js';

/** Answers with the status and the body of style's error table. `http` overrides the status where HTTP has a better word. */
export function sendFailure(reply: FastifyReply, failure: WireError, http = failure.http): FastifyReply {
  if (failure.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000));
  return reply
    .status(http)
    .header('x-request-id', failure.requestId)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(toHttpError(failure)));
}
