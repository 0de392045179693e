import type { Completion, CompletionAck, LeaseRef } from '@taskflow/proto/taskflow/v1/workers.js';
import { leaseKey } from './lease-key.js';
import type { Run, RunEnd } from './run.js';
import type { WorkerLogger } from './worker-logger.js';

/** Completions until the service has acknowledged them. */
export interface Outbox {
  add(run: Run, end: Exclude<RunEnd, { outcome: 'dropped' | 'handed_back' }>): void;
  /** What was added since the last call, in messages of bounded size. */
  take(): Completion[][];
  /** Everything unacknowledged is to be sent again. */
  rewind(): void;
  ack(acks: readonly CompletionAck[]): void;
  /** Leases whose completions are not acknowledged. */
  held(): LeaseRef[];
  readonly size: number;
}

const MESSAGE_BYTES = 1024 * 1024;
const MESSAGE_COUNT = 2000;

export function createOutbox(logger: WorkerLogger): Outbox {
  const unacked = new Map<string, Completion>();
  let fresh: Completion[] = [];
  return {
    add(run, end) {
      const completion: Completion = {
        ref: run.ref,
        outcome: end.outcome,
        outputJson: end.outcome === 'success' ? end.outputJson : '',
        reason: end.outcome === 'success' ? '' : end.reason,
        message: end.outcome === 'success' ? '' : end.message,
        ...(end.outcome === 'success' || end.exitCode === undefined ? {} : { exitCode: end.exitCode }),
        ...(end.outcome === 'success' || end.retryable === undefined ? {} : { retryable: end.retryable }),
        ...(run.traceParent === undefined ? {} : { traceParent: run.traceParent }),
      };
      unacked.set(run.key, completion);
      fresh.push(completion);
    },
    take() {
      const messages: Completion[][] = [];
      let message: Completion[] = [];
      let room = MESSAGE_BYTES;
      for (const completion of fresh) {
        const bytes = completion.outputJson.length * 3 + completion.message.length * 3 + 100;
        if (message.length > 0 && (bytes > room || message.length >= MESSAGE_COUNT)) {
          messages.push(message);
          message = [];
          room = MESSAGE_BYTES;
        }
        message.push(completion);
        room -= bytes;
      }
      if (message.length > 0) messages.push(message);
      fresh = [];
      return messages;
    },
    rewind() {
      fresh = [...unacked.values()];
    },
    ack(acks) {
      for (const { ref, result, message } of acks) {
        if (!ref) continue;
        unacked.delete(leaseKey(ref));
        const fields = { task_instance_id: ref.id, attempt: ref.attempt, detail: message };
        if (result === 'fenced') logger.warn(fields, 'a result was dropped: its lease was no longer valid');
        if (result === 'refused') logger.error(fields, 'a result was refused and its attempt ended as failed');
      }
    },
    held() {
      return [...unacked.values()].flatMap(({ ref }) => (ref ? [ref] : []));
    },
    get size() {
      return unacked.size;
    },
  };
}
