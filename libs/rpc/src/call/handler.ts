import type { Call } from './call.js';

/** One method of a generated service definition. */
export interface RpcMethod<Request, Response> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  requestSerialize(value: Request): Buffer;
  requestDeserialize(bytes: Buffer): Request;
  responseSerialize(value: Response): Buffer;
  responseDeserialize(bytes: Buffer): Response;
}

export type RpcService = Readonly<Record<string, RpcMethod<unknown, unknown>>>;

/** Both directions of a stream that the handler paces by itself. */
export interface DuplexCall<Request, Response> extends AsyncIterable<Request> {
  /** False when the reader is behind: hold back until `drained`. */
  write(message: Response): boolean;
  /** Resolves when the reader has caught up, or the stream is over. */
  drained(): Promise<void>;
}

type RequestOf<M> = M extends { requestDeserialize: (bytes: Buffer) => infer Q } ? Q : never;
type ResponseOf<M> = M extends { responseDeserialize: (bytes: Buffer) => infer R } ? R : never;

export type UnaryHandler<Q, R> = (request: Q, call: Call) => Promise<R>;
export type ClientStreamHandler<Q, R> = (requests: AsyncIterable<Q>, call: Call) => Promise<R>;
export type ServerStreamHandler<Q, R> = (request: Q, call: Call) => AsyncIterable<R>;
/** The stream ends when the promise resolves, and fails when it rejects. */
export type DuplexHandler<Q, R> = (stream: DuplexCall<Q, R>, call: Call) => Promise<void>;

/** How a method is written: decode, verb, encode; failures are thrown and mapped elsewhere. */
export type Handler<M> = M extends { requestStream: false; responseStream: false }
  ? UnaryHandler<RequestOf<M>, ResponseOf<M>>
  : M extends { requestStream: true; responseStream: false }
    ? ClientStreamHandler<RequestOf<M>, ResponseOf<M>>
    : M extends { requestStream: false; responseStream: true }
      ? ServerStreamHandler<RequestOf<M>, ResponseOf<M>>
      : DuplexHandler<RequestOf<M>, ResponseOf<M>>;

/** A handler for each method of a service; served alike over gRPC and REST. */
export type Handlers<S> = { readonly [K in keyof S]: Handler<S[K]> };

/** A service definition with its handlers. */
export interface BoundService {
  /** `taskflow.v1.InstanceService`. */
  readonly name: string;
  readonly methods: RpcService;
  readonly handlers: Readonly<Record<string, unknown>>;
}

export function bindService<S extends RpcService>(methods: S, handlers: Handlers<S>): BoundService {
  const [first] = Object.values(methods);
  return { name: first?.path.split('/')[1] ?? '', methods, handlers };
}
