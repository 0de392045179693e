import { InvalidInput, NotFound, PermissionDenied } from '@taskflow/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BoundService, UnaryHandler } from '../call/handler.js';
import type { CallHeaders } from '../call/call.js';
import { requestIdOf, runCall, type CallEnvironment } from '../call/run-call.js';
import { matchRoute, methodsOf, type RouteMatch } from './match-route.js';
import { readRequest } from './read-request.js';
import { sendFailure } from './send-failure.js';
import { writeMessage } from './write-message.js';

export type Dispatch = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Serves a REST call by the handler that gRPC has for the same method. */
export function serveRoutes(services: readonly BoundService[], environment: CallEnvironment): Dispatch {
  const handlers = new Map(services.map((service) => [service.name, service.handlers]));
  return async (request, reply) => {
    const headers = readHeaders(request);
    const requestId = requestIdOf(headers);
    const url = new URL(request.url, 'http://api');
    const match = matchRoute(request.method, url.pathname);
    const method = match ? methodName(match) : `${request.method} ${url.pathname}`;
    const incoming = {
      method,
      headers,
      credentials: match && { authorization: authorizationOf(request), peer: request.ip },
      ending: goneWith(request, reply),
      span: match !== undefined,
      stream: false,
    };
    const result = await runCall(environment, incoming, requestId, async (call) => {
      if (match === undefined) throw notServed(request.method, url.pathname);
      refuseForeignPage(request);
      const message = readRequest(match, url.searchParams, readBody(request.body));
      const handler = handlers.get(match.route.service)?.[match.route.method] as UnaryHandler<unknown, unknown>;
      return writeMessage(match.route.responseType, await handler(message, call));
    });
    reply.header('x-request-id', requestId);
    if ('failure' in result) return sendFailure(reply, result.failure);
    return reply.type('application/json; charset=utf-8').send(result.value);
  };
}

function methodName({ route }: RouteMatch): string {
  return `${route.service}/${route.method.charAt(0).toUpperCase()}${route.method.slice(1)}`;
}

function readHeaders({ headers }: FastifyRequest): CallHeaders {
  const first = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    requestId: first('x-request-id'),
    traceParent: first('traceparent'),
    traceState: first('tracestate'),
  };
}

function authorizationOf({ headers }: FastifyRequest): string[] {
  return headers.authorization === undefined ? [] : [headers.authorization];
}

function goneWith(request: FastifyRequest, reply: FastifyReply): AbortController {
  const gone = new AbortController();
  reply.raw.on('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  if (request.raw.destroyed && !request.raw.complete) gone.abort();
  return gone;
}

function readBody(body: unknown): unknown {
  if (typeof body !== 'string' || body.trim() === '') return undefined;
  try {
    return JSON.parse(body);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new InvalidInput(`The body is not JSON: ${cause}.`, [], { reason: 'BAD_JSON' });
  }
}

// A page of another site must not act through the browser of somebody who can reach this api.
function refuseForeignPage(request: FastifyRequest): void {
  if (request.method !== 'GET' && request.headers['sec-fetch-site'] === 'cross-site') {
    throw new PermissionDenied('Calls that change something are not taken from pages of other sites.', {
      reason: 'CROSS_SITE',
    });
  }
}

function notServed(method: string, path: string): NotFound {
  const others = methodsOf(path);
  const hint = others.length > 0 ? `It is served for ${others.join(' and ')}.` : 'See /v1/openapi.json.';
  return new NotFound(`Nothing is served at ${method} ${path}. ${hint}`, { reason: 'NO_SUCH_ROUTE' });
}
