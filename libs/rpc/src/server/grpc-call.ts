import { Metadata, type ServerDuplexStream, type ServerReadableStream, type ServerUnaryCall } from '@grpc/grpc-js';
import { Unavailable } from '@taskflow/domain';
import type { CallHeaders } from '../call/call.js';
import type { IncomingCall } from '../call/run-call.js';

/** What the four kinds of server call of grpc-js have in common. */
export type AnyServerCall = Pick<
  ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  'metadata' | 'getPath' | 'getPeer' | 'sendMetadata' | 'cancelled'
> & { on(event: 'cancelled', listener: () => void): unknown };

export const REQUEST_ID_KEY = 'x-request-id';

export function readHeaders(metadata: Metadata): CallHeaders {
  const first = (key: string): string | undefined => metadata.get(key)[0]?.toString();
  return {
    requestId: first(REQUEST_ID_KEY),
    traceParent: first('traceparent'),
    traceState: first('tracestate'),
  };
}

export interface CallShape {
  /** Whether it gets a span of its own. */
  readonly span: boolean;
  readonly stream: boolean;
}

export function incomingCall(call: AnyServerCall, { span, stream }: CallShape): IncomingCall {
  const ending = new AbortController();
  const gone = (): void =>
    ending.abort(new Unavailable('The stream was broken off by the client.', { reason: 'DISCONNECTED' }));
  call.on('cancelled', gone);
  if (call.cancelled) gone();
  const credentials = { authorization: call.metadata.get('authorization').map(String), peer: hostOf(call.getPeer()) };
  return {
    method: call.getPath().slice(1),
    headers: readHeaders(call.metadata),
    credentials,
    ending,
    span,
    stream,
  };
}

/** `10.0.0.7:41234` and `[::1]:41234` without the port. */
function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

export function sendRequestId(call: AnyServerCall, requestId: string): void {
  const metadata = new Metadata();
  metadata.set(REQUEST_ID_KEY, requestId);
  call.sendMetadata(metadata);
}
