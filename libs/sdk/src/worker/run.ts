import type { Lease, LeaseRef } from '@taskflow/proto/taskflow/v1/workers.js';
import { RunAborted, type AbortCause } from '../define/run-context.js';
import { leaseKey } from './lease-key.js';
import type { LogHub, RunLog } from './log-hub.js';

/** How an attempt ended, as the service is told; `dropped` tells it nothing and `handed_back` gives the lease back. */
export type RunEnd =
  | { readonly outcome: 'success'; readonly outputJson: string }
  | {
      readonly outcome: 'failed' | 'timeout' | 'cancelled';
      readonly reason: string;
      readonly message: string;
      readonly exitCode?: number;
      readonly retryable?: boolean;
    }
  | { readonly outcome: 'dropped' }
  | { readonly outcome: 'handed_back' };

/** One lease that this worker holds, from its arrival until its result is on the way. */
export class Run {
  readonly lease: Lease;
  readonly ref: LeaseRef;
  readonly key: string;
  phase: 'ready' | 'running' | 'ended' = 'ready';
  /** What the attempt runs under, once it is recorded or was asked for. */
  traceParent: string | undefined;
  #hub: Pick<LogHub, 'open'>;
  #log: RunLog | undefined;
  #controller: AbortController | undefined;
  #aborted: RunAborted | undefined;
  #listener: ((aborted: RunAborted) => void) | undefined;

  constructor(lease: Lease, ref: LeaseRef, hub: Pick<LogHub, 'open'>) {
    this.lease = lease;
    this.ref = ref;
    this.key = leaseKey(ref);
    this.#hub = hub;
  }

  /** Opened by the first line: most short tasks write none. */
  get log(): RunLog {
    this.#log ??= this.#hub.open(this.ref);
    return this.#log;
  }

  get wroteLog(): RunLog | undefined {
    return this.#log;
  }

  get aborted(): RunAborted | undefined {
    return this.#aborted;
  }

  /** False when nobody has asked for the signal, so that the code cannot have reacted to it. */
  get signalWasRead(): boolean {
    return this.#controller !== undefined;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted && !this.#controller.signal.aborted) this.#controller.abort(this.#aborted);
    return this.#controller.signal;
  }

  /** Asks the run to end; the first cause stays, except that a lost lease overrides every other. */
  abort(why: AbortCause, message: string): void {
    if (this.#aborted && why !== 'lease_lost') return;
    const first = this.#aborted === undefined;
    this.#aborted = new RunAborted(why, message);
    if (!first) return;
    this.#controller?.abort(this.#aborted);
    this.#listener?.(this.#aborted);
  }

  /** Calls back once, at the abort or at once when it has happened. */
  onAbort(listener: (aborted: RunAborted) => void): void {
    this.#listener = listener;
    if (this.#aborted) listener(this.#aborted);
  }
}

/** What an aborted run ends as. */
export function endOfAborted({ why, message }: RunAborted): RunEnd {
  if (why === 'lease_lost') return { outcome: 'dropped' };
  if (why === 'draining') return { outcome: 'handed_back' };
  return why === 'timeout'
    ? { outcome: 'timeout', reason: 'TIMEOUT', message }
    : { outcome: 'cancelled', reason: 'CANCELLED', message };
}
