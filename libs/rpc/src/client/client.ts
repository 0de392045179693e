import type { RpcMethod, RpcService } from '../call/handler.js';
import type { CallOptions } from './call-options.js';
import type { Channel } from './channel.js';
import type { DuplexStream } from './duplex-stream.js';
import { callClientStream, callServerStream, callUnary, openDuplex } from './invoke.js';

export { InternalError } from '../error/internal-error.js';
export { rebuildError } from '../error/rebuild-error.js';
export { type CallOptions } from './call-options.js';
export { openChannel, type Channel } from './channel.js';
export { type DuplexStream } from './duplex-stream.js';

type RequestOf<M> = M extends { requestDeserialize: (bytes: Buffer) => infer Q } ? Q : never;
type ResponseOf<M> = M extends { responseDeserialize: (bytes: Buffer) => infer R } ? R : never;

/** A method as one calls it. Every failure is a TaskflowError of its class, or an InternalError. */
export type ClientMethod<M> = M extends { requestStream: false; responseStream: false }
  ? (request: RequestOf<M>, options?: CallOptions) => Promise<ResponseOf<M>>
  : M extends { requestStream: true; responseStream: false }
    ? (requests: AsyncIterable<RequestOf<M>> | Iterable<RequestOf<M>>, options?: CallOptions) => Promise<ResponseOf<M>>
    : M extends { requestStream: false; responseStream: true }
      ? (request: RequestOf<M>, options?: CallOptions) => AsyncIterable<ResponseOf<M>>
      : (options?: CallOptions) => DuplexStream<RequestOf<M>, ResponseOf<M>>;

export type ServiceClient<S> = { readonly [K in keyof S]: ClientMethod<S[K]> };

/**
 * A client of one service: `createClient(InstanceServiceService, channel).getTaskInstance({ id })`.
 *
 * @param methods the generated service definition
 */
export function createClient<S extends RpcService>(methods: S, channel: Channel): ServiceClient<S> {
  const entries = Object.entries(methods).map(([name, method]) => [name, clientMethod(method, channel)]);
  return Object.fromEntries(entries) as ServiceClient<S>;
}

function clientMethod(method: RpcMethod<unknown, unknown>, channel: Channel): unknown {
  if (method.requestStream && method.responseStream) {
    return (options: CallOptions = {}) => openDuplex(channel, method, options);
  }
  if (method.requestStream) {
    return (requests: AsyncIterable<unknown>, options: CallOptions = {}) =>
      callClientStream(channel, method, requests, options);
  }
  if (method.responseStream) {
    return (request: unknown, options: CallOptions = {}) => callServerStream(channel, method, request, options);
  }
  return (request: unknown, options: CallOptions = {}) => callUnary(channel, method, request, options);
}
