import type { ServerDuplexStream } from '@grpc/grpc-js';
import { Unavailable } from '@taskflow/domain';
import type { DuplexCall } from '../call/handler.js';
import { untilDrained } from '../call/until-drained.js';

/** A bidirectional stream as handlers see it. Reading past a broken connection throws Unavailable (DISCONNECTED). */
export function duplexCall(
  call: ServerDuplexStream<unknown, unknown>,
  signal: AbortSignal,
): DuplexCall<unknown, unknown> {
  return {
    write: (message) => !signal.aborted && !call.destroyed && call.write(message),
    drained: () => untilDrained(call, signal),
    async *[Symbol.asyncIterator]() {
      try {
        // A handler that stops reading must still be able to send the status.
        yield* call.iterator({ destroyOnReturn: false });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      if (signal.aborted) throw new Unavailable('The stream was broken off by the client.', { reason: 'DISCONNECTED' });
    },
  };
}
