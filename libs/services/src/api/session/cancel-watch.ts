import type { PendingCancel } from '@taskflow/engine';
import type { WorkerSession } from './worker-session.js';

export interface CancelWatchOptions {
  /** One statement for all of these sessions. */
  readonly pending: (sessionIds: readonly string[]) => Promise<readonly PendingCancel[]>;
  readonly sessions: () => Iterable<WorkerSession>;
  readonly onError: (error: unknown) => void;
}

/** Passes cancel requests on to the workers that hold the leases. */
export interface CancelWatch {
  /** Looks for them now; a call during a look makes another look after it. */
  check(): void;
  settled(): Promise<void>;
}

export function createCancelWatch(options: CancelWatchOptions): CancelWatch {
  let running: Promise<void> | undefined;
  let again = false;

  const look = async (): Promise<void> => {
    do {
      again = false;
      const busy = new Map([...options.sessions()].filter((each) => each.busy()).map((each) => [each.id, each]));
      if (busy.size === 0) break;
      try {
        const cancels = await options.pending([...busy.keys()]);
        for (const [sessionId, mine] of Map.groupBy(cancels, (cancel) => cancel.sessionId)) {
          busy.get(sessionId)?.cancel(mine);
        }
      } catch (error) {
        options.onError(error);
        break;
      }
    } while (again);
    running = undefined;
  };

  return {
    check() {
      again = true;
      running ??= Promise.resolve().then(look);
    },
    settled: async () => running,
  };
}
