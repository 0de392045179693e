import { Metadata, type ServerDuplexStream, type ServerReadableStream, type ServerUnaryCall } from '@grpc/grpc-js';
import type { CallHeaders } from '../call/call.js';
import type { IncomingCall } from '../call/run-call.js';

/** What the four kinds of server call of grpc-js have in common. */
export type AnyServerCall = Pick<
  ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  'metadata' | 'getPath' | 'sendMetadata' | 'cancelled'
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

export function incomingCall(call: AnyServerCall, span: boolean): IncomingCall {
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort());
  if (call.cancelled) gone.abort();
  return { method: call.getPath().slice(1), headers: readHeaders(call.metadata), signal: gone.signal, span };
}

export function sendRequestId(call: AnyServerCall, requestId: string): void {
  const metadata = new Metadata();
  metadata.set(REQUEST_ID_KEY, requestId);
  call.sendMetadata(metadata);
}
