import type {
  CompletionAck,
  CompletionInput,
  LeasedTask,
  LogAck,
  LogBatchInput,
  PendingCancel,
} from '@taskflow/engine';
import type { LeaseRef } from '@taskflow/store';
import type { CompletionRecorder } from './completion-recorder.js';
import { createLogWriter, type LogWriter } from './log-writer.js';

/** A worker as this api knows it, whichever transport it speaks. */
export interface WorkerSession {
  /** Decimal string. */
  readonly id: string;
  readonly worker: string;
  /** Made once by the worker's process; undefined when that is not known here. */
  readonly process: string | undefined;
  laneIds: readonly number[];
  /** True while it may hold leases: only then are its cancels looked for. */
  busy(): boolean;
  holds(leases: readonly LeasedTask[]): void;
  /** Records results after the log lines that came before them. */
  complete(completions: readonly CompletionInput[]): Promise<CompletionAck[]>;
  handBack(refs: readonly LeaseRef[]): Promise<void>;
  readonly logs: LogWriter;
  /** Passes on the cancels that were not passed on before. */
  cancel(cancels: readonly PendingCancel[]): void;
  /** The lanes were resolved anew. */
  onLanes: () => void;
  onCancels: (cancels: readonly PendingCancel[]) => void;
  onLogAcks: (acks: readonly LogAck[]) => void;
  /** The api stops: the worker should connect elsewhere. */
  onGoAway: (reason: string) => void;
  /** Ends the transport, with an error where there is one. */
  onEnd: (error?: Error) => void;
}

export interface WorkerSessionOptions {
  readonly id: string;
  readonly worker: string;
  readonly process: string | undefined;
  readonly laneIds: readonly number[];
  /** Leases that it brought along from before a reconnect; undefined when that is not known here. */
  readonly held: readonly LeaseRef[] | undefined;
  readonly recorder: CompletionRecorder;
  readonly append: (batches: readonly LogBatchInput[]) => Promise<readonly LogAck[]>;
  readonly handBack: (refs: readonly LeaseRef[]) => Promise<void>;
  readonly onLogError: (error: unknown) => void;
}

export function createWorkerSession(options: WorkerSessionOptions): WorkerSession {
  const held = new Set(options.held?.map(({ leaseId }) => leaseId));
  const cancelled = new Set<string>();
  const release = (refs: readonly LeaseRef[]): void => {
    for (const { leaseId } of refs) held.delete(leaseId);
    if (cancelled.size > 0) for (const { leaseId } of refs) cancelled.delete(leaseId);
  };

  const session: WorkerSession = {
    id: options.id,
    worker: options.worker,
    process: options.process,
    laneIds: options.laneIds,
    busy: () => held.size > 0 || options.held === undefined,
    holds(leases) {
      for (const { ref } of leases) held.add(ref.leaseId);
    },
    async complete(completions) {
      const waits = completions.flatMap(({ ref }) => session.logs.pendingOf(ref) ?? []);
      if (waits.length > 0) await Promise.all(waits);
      const acks = await options.recorder.record(completions);
      release(acks.map(({ ref }) => ref));
      return acks;
    },
    async handBack(refs) {
      await options.handBack(refs);
      release(refs);
    },
    logs: createLogWriter({
      append: options.append,
      onAcks: (acks) => session.onLogAcks(acks),
      onError: options.onLogError,
    }),
    cancel(cancels) {
      const fresh = cancels.filter(({ ref }) => !cancelled.has(ref.leaseId));
      if (fresh.length === 0) return;
      for (const { ref } of fresh) cancelled.add(ref.leaseId);
      session.onCancels(fresh);
    },
    onLanes: () => undefined,
    onCancels: () => undefined,
    onLogAcks: () => undefined,
    onGoAway: () => undefined,
    onEnd: () => undefined,
  };
  return session;
}
