import type { ServerDuplexStream } from '@grpc/grpc-js';
import { abortable } from '../call/abortable.js';
import type { DuplexCall } from '../call/handler.js';
import { untilDrained } from '../call/until-drained.js';

/**
 * A bidirectional stream as handlers see it. Reading past a broken connection throws Unavailable (DISCONNECTED), and past the
 * end of the caller's token Unauthenticated.
 */
export function duplexCall(
  call: ServerDuplexStream<unknown, unknown>,
  signal: AbortSignal,
): DuplexCall<unknown, unknown> {
  // A handler that stops reading must still be able to send the status.
  const messages: AsyncIterable<unknown> = { [Symbol.asyncIterator]: () => call.iterator({ destroyOnReturn: false }) };
  return {
    write: (message) => !signal.aborted && !call.destroyed && call.write(message),
    drained: () => untilDrained(call, signal),
    [Symbol.asyncIterator]: () => abortable(messages, signal)[Symbol.asyncIterator](),
  };
}
