import { isTaskflowError, systemClock } from '@taskflow/domain';
import type { LeaseRef, LogBatch } from '@taskflow/proto/taskflow/v1/workers.js';
import { backoffMs, pause, within } from '../backoff.js';
import { createLogHub, type LogHub, type LogStreamName } from '../worker/log-hub.js';
import type { JobLink } from './job-link.js';

/** Writes what a job logs to the container's own output too, where the destination keeps it. */
export type Mirror = (stream: LogStreamName, text: string) => void;

/** The log of one job: in batches, bounded, in order; sent again after the api was away. */
export interface JobLog {
  readonly hub: Pick<LogHub, 'open'>;
  /** Sends what is left, for at most `ms`. */
  finish(ref: LeaseRef, ms: number): Promise<void>;
  stop(): void;
}

export function createJobLog(link: JobLink, mirror: Mirror): JobLog {
  const over = new AbortController();
  const queue: LogBatch[] = [];
  let pumping: Promise<void> | undefined;

  const pump = async (): Promise<void> => {
    let failures = 0;
    for (let batch = queue.shift(); batch !== undefined && !over.signal.aborted; batch = queue.shift()) {
      try {
        const seq = await link.sendLogs(batch);
        failures = 0;
        hub.ack([{ ref: batch.ref, seq }]);
      } catch (error) {
        // What the api refuses for good is given up; the container's own output has it.
        if (isTaskflowError(error) && error.kind !== 'Unavailable') return over.abort();
        queue.length = 0;
        hub.connected(false);
        await pause(backoffMs(failures), over.signal);
        failures += 1;
        hub.connected(true);
        await pause(2 * FLUSH_MS, over.signal);
      }
    }
  };
  const send = (batches: LogBatch[]): void => {
    queue.push(...batches);
    pumping ??= pump().finally(() => {
      pumping = undefined;
      if (queue.length > 0 && !over.signal.aborted) send([]);
    });
  };
  const hub = createLogHub(systemClock, send);
  hub.connected(true);

  return {
    hub: {
      open(ref) {
        const log = hub.open(ref);
        return {
          write(stream, text) {
            log.write(stream, text);
            mirror(stream, text);
          },
          get full() {
            return log.full;
          },
          whenRoom: () => log.whenRoom(),
        };
      },
    },
    async finish(ref, ms) {
      const rest = hub.finish(ref);
      if (rest.length > 0) send(rest);
      const deadline = systemClock.monotonicMs() + ms;
      while (!hub.idle && !over.signal.aborted && systemClock.monotonicMs() < deadline) {
        await within(pumping ?? Promise.resolve(), Math.max(1, deadline - systemClock.monotonicMs()));
        await pause(FLUSH_MS, over.signal);
      }
    },
    stop: () => over.abort(),
  };
}

/** As the hub gathers lines. */
const FLUSH_MS = 50;
