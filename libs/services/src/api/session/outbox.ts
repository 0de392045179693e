import type { SessionRequest, SessionResponse } from '@taskflow/proto/taskflow/v1/workers.js';
import type { DuplexCall } from '@taskflow/rpc/server';

/** What goes down to a worker, and whether its reader keeps up. */
export interface Outbox {
  send(message: SessionResponse): void;
  /** The reader is behind: no leases for it, and its own messages wait. */
  blocked(): boolean;
  /** Resolves when the reader has caught up. */
  room(): Promise<void>;
  onRoom(listener: () => void): void;
}

export function createOutbox(stream: DuplexCall<SessionRequest, SessionResponse>): Outbox {
  let draining: Promise<void> | undefined;
  let notify = (): void => undefined;
  return {
    send(message) {
      if (stream.write(message)) return;
      draining ??= stream.drained().then(() => {
        draining = undefined;
        notify();
      });
    },
    blocked: () => draining !== undefined,
    room: async () => draining,
    onRoom(listener) {
      notify = listener;
    },
  };
}
