import { InvalidInput } from '@taskflow/domain';
import { OPENAPI_DOCUMENT } from '@taskflow/proto';
import { fastify, type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { AddressInfo } from 'node:net';
import type { BoundService } from '../call/handler.js';
import { requestIdOf, type CallEnvironment } from '../call/run-call.js';
import { toWireError } from '../error/wire-error.js';
import { portInUse } from '../server/port-in-use.js';
import { discardBody } from './discard-body.js';
import { sendFailure } from './send-failure.js';
import { serveRoutes } from './serve-route.js';

/** The largest body that REST takes: 1 MiB. More at once goes over gRPC. */
export const MAX_BODY_BYTES = 1024 * 1024;

export interface Readiness {
  readonly ready: boolean;
  /** What is missing, for people. */
  readonly detail: string;
}

export interface GatewayOptions extends CallEnvironment {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Environment variable that sets the port, named when it is busy. */
  readonly portVariable: string;
  /** The services that gRPC serves, with the same handlers. */
  readonly services: readonly BoundService[];
  readonly readiness: () => Readiness;
  /** What /metrics answers; without it there is none. */
  readonly metrics?: (() => { readonly type: string; readonly text: string }) | undefined;
}

export interface Gateway {
  /** Listens; resolves with the port. */
  start(): Promise<number>;
  /** Takes no new requests and lets running ones end. */
  stop(): Promise<void>;
}

/** REST/JSON under /v1 from the routes of the protos, /v1/openapi.json, /healthz, /readyz and /metrics. */
export function createGateway(options: GatewayOptions): Gateway {
  const fail = async (error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const requestId = requestIdOf({ requestId: request.headers['x-request-id']?.toString() });
    const known = requestFault(error);
    if (known === error) options.logger.error({ err: error, request_id: requestId }, 'call failed by a fault');
    await discardBody(request.raw);
    return sendFailure(reply, toWireError(known, requestId), known === error ? 500 : error.statusCode);
  };
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => void fail(error, request, reply),
  });
  // The body is read by the message's own fields, after the route is known.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler(fail);
  addProbes(app, options);
  const dispatch = serveRoutes(options.services, options);
  app.all('/v1/*', dispatch);
  app.setNotFoundHandler(dispatch);
  return {
    start: () => listen(app, options),
    stop: () => app.close(),
  };
}

function addProbes(app: FastifyInstance, { readiness, metrics }: GatewayOptions): void {
  const document = JSON.stringify(OPENAPI_DOCUMENT);
  app.get('/v1/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(document));
  app.get('/healthz', (_request, reply) => reply.send({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const { ready, detail } = readiness();
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ok' : 'not_ready', detail });
  });
  if (metrics === undefined) return;
  app.get('/metrics', (_request, reply) => {
    const { type, text } = metrics();
    return reply.type(type).send(text);
  });
}

async function listen(app: FastifyInstance, options: GatewayOptions): Promise<number> {
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    throw portInUse(error as Error, options);
  }
  return (app.server.address() as AddressInfo).port;
}

function requestFault(error: FastifyError): Error {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new InvalidInput(
        `The body is larger than ${MAX_BODY_BYTES} bytes (1 MiB). Send fewer items at once, or use gRPC, which takes 16 MiB.`,
        [],
        { reason: 'PAYLOAD_TOO_LARGE', metadata: { limit_bytes: String(MAX_BODY_BYTES) } },
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new InvalidInput('The body must be JSON, sent with content-type: application/json.', [], {
        reason: 'BAD_CONTENT_TYPE',
      });
    default:
      if (error.statusCode === undefined || error.statusCode >= 500) return error;
      return new InvalidInput(`The request cannot be read: ${error.message}.`, [], { reason: 'BAD_REQUEST' });
  }
}
