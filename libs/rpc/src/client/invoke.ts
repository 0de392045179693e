import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ServiceError } from '@grpc/grpc-js';
import type { RpcMethod } from '../call/handler.js';
import { rebuildError } from '../error/rebuild-error.js';
import { untilDrained } from '../call/until-drained.js';
import { grpcOptions, outgoingMetadata, type CallOptions } from './call-options.js';
import type { Channel } from './channel.js';
import type { DuplexStream } from './duplex-stream.js';

type AnyMethod = RpcMethod<unknown, unknown>;

interface Cancellable {
  cancel(): void;
}

export function callUnary(
  channel: Channel,
  method: AnyMethod,
  request: unknown,
  options: CallOptions,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = channel.client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      outgoingMetadata(options, channel.token),
      grpcOptions(options),
      (error, response) => {
        release();
        if (error) reject(rebuildError(error, channel.address));
        else resolve(response);
      },
    );
    const release = cancelOn(options.signal, call);
  });
}

export function callClientStream(
  channel: Channel,
  method: AnyMethod,
  requests: AsyncIterable<unknown> | Iterable<unknown>,
  options: CallOptions,
): Promise<unknown> {
  // Nobody else stops the caller's requests once the call is over.
  const source = Readable.from(requests);
  return new Promise((resolve, reject) => {
    const call = channel.client.makeClientStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      outgoingMetadata(options, channel.token),
      grpcOptions(options),
      (error, response) => {
        release();
        source.destroy();
        if (error) reject(rebuildError(error, channel.address));
        else resolve(response);
      },
    );
    const release = cancelOn(options.signal, call);
    // An answer before the last request (a failure) closes the call, and the callback has told it.
    pipeline(source, call as unknown as Writable).catch((error: Error) => {
      if (!('code' in error)) {
        call.cancel();
        reject(error);
      }
    });
  });
}

export async function* callServerStream(
  channel: Channel,
  method: AnyMethod,
  request: unknown,
  options: CallOptions,
): AsyncIterable<unknown> {
  const call = channel.client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    outgoingMetadata(options, channel.token),
    grpcOptions(options),
  );
  const release = cancelOn(options.signal, call);
  try {
    yield* call;
  } catch (error) {
    throw rebuildError(error as ServiceError, channel.address);
  } finally {
    release();
    call.cancel();
  }
}

export function openDuplex(channel: Channel, method: AnyMethod, options: CallOptions): DuplexStream<unknown, unknown> {
  const call = channel.client.makeBidiStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    outgoingMetadata(options, channel.token),
    grpcOptions(options),
  );
  const release = cancelOn(options.signal, call);
  const over = new AbortController();
  // Kept until somebody reads: a stream that fails before that must not end the process.
  let failure: ServiceError | undefined;
  call.on('error', (error: ServiceError) => {
    failure ??= error;
  });
  call.on('close', () => {
    release();
    over.abort();
  });
  return {
    write: (message) => !over.signal.aborted && call.write(message),
    drained: () => untilDrained(call, over.signal),
    end: () => call.end(),
    cancel: () => call.cancel(),
    async *[Symbol.asyncIterator]() {
      try {
        if (failure !== undefined) throw failure;
        yield* call;
      } catch (error) {
        throw rebuildError(failure ?? (error as ServiceError), channel.address);
      } finally {
        call.cancel();
      }
    },
  };
}

function cancelOn(signal: AbortSignal | undefined, call: Cancellable): () => void {
  if (signal === undefined) return () => undefined;
  const cancel = (): void => call.cancel();
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}
