import type {
  UntypedHandleCall,
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
} from '@grpc/grpc-js';
import type {
  ClientStreamHandler,
  DuplexHandler,
  RpcMethod,
  ServerStreamHandler,
  UnaryHandler,
} from '../call/handler.js';
import { abortable } from '../call/abortable.js';
import { requestIdOf, runCall, type CallEnvironment } from '../call/run-call.js';
import { toServiceError } from '../error/grpc-status.js';
import { duplexCall } from './duplex-call.js';
import { incomingCall, sendRequestId } from './grpc-call.js';
import { writeAll } from './write-all.js';

/** The handler of a method as grpc-js wants it. */
export function serveMethod(
  method: RpcMethod<unknown, unknown>,
  handler: unknown,
  environment: CallEnvironment,
): UntypedHandleCall {
  if (!method.requestStream && !method.responseStream) {
    return serveUnary(handler as UnaryHandler<unknown, unknown>, environment);
  }
  if (!method.responseStream) return serveClientStream(handler as ClientStreamHandler<unknown, unknown>, environment);
  if (!method.requestStream) return serveServerStream(handler as ServerStreamHandler<unknown, unknown>, environment);
  return serveDuplex(handler as DuplexHandler<unknown, unknown>, environment);
}

function serveUnary(
  handler: UnaryHandler<unknown, unknown>,
  environment: CallEnvironment,
): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    const incoming = incomingCall(call, { span: true, stream: false });
    const requestId = requestIdOf(incoming.headers);
    sendRequestId(call, requestId);
    void runCall(environment, incoming, requestId, (context) => handler(call.request, context)).then((result) => {
      if ('failure' in result) callback(toServiceError(result.failure));
      else callback(null, result.value);
    });
  };
}

function serveClientStream(
  handler: ClientStreamHandler<unknown, unknown>,
  environment: CallEnvironment,
): handleClientStreamingCall<unknown, unknown> {
  return (call, callback) => {
    const incoming = incomingCall(call, { span: true, stream: true });
    const requestId = requestIdOf(incoming.headers);
    sendRequestId(call, requestId);
    void runCall(environment, incoming, requestId, (context) => handler(abortable(call, context.signal), context)).then(
      (result) => {
        if ('failure' in result) callback(toServiceError(result.failure));
        else callback(null, result.value);
      },
    );
  };
}

function serveServerStream(
  handler: ServerStreamHandler<unknown, unknown>,
  environment: CallEnvironment,
): handleServerStreamingCall<unknown, unknown> {
  return (call) => {
    const incoming = incomingCall(call, { span: false, stream: true });
    const requestId = requestIdOf(incoming.headers);
    sendRequestId(call, requestId);
    void runCall(environment, incoming, requestId, (context) =>
      writeAll(call, handler(call.request, context), context.signal),
    ).then((result) => {
      if ('failure' in result) call.emit('error', toServiceError(result.failure));
      else call.end();
    });
  };
}

function serveDuplex(
  handler: DuplexHandler<unknown, unknown>,
  environment: CallEnvironment,
): handleBidiStreamingCall<unknown, unknown> {
  return (call) => {
    const incoming = incomingCall(call, { span: false, stream: true });
    const requestId = requestIdOf(incoming.headers);
    sendRequestId(call, requestId);
    void runCall(environment, incoming, requestId, (context) =>
      handler(duplexCall(call, context.signal), context),
    ).then((result) => {
      if (call.cancelled) return;
      if ('failure' in result) call.emit('error', toServiceError(result.failure));
      else call.end();
    });
  };
}
