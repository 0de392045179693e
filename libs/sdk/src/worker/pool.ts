import type { Lease, LeaseRef } from '@taskflow/proto/taskflow/v1/workers.js';
import type { AbortCause } from '../define/run-context.js';
import type { ExecutionEvents } from './execute.js';
import type { LogHub } from './log-hub.js';
import { leaseKey } from './lease-key.js';
import { endOfAborted, Run, type RunEnd } from './run.js';

export interface PoolOptions {
  /** Runs executed at once. */
  readonly slots: number;
  /** Leases held ready beyond the slots. */
  readonly prefetch: number;
  readonly logs: LogHub;
  readonly execute: (run: Run, events: ExecutionEvents) => void;
  /** A run has its end. Called once for each. */
  readonly onEnd: (run: Run, end: RunEnd) => void;
  /** A slot has become free. */
  readonly onRoom: () => void;
}

export interface Pool {
  accept(leases: readonly Lease[]): void;
  /** Leases that may still be asked for, those already granted included. */
  room(): number;
  /** Leases that are ready or running. */
  held(): LeaseRef[];
  cancel(ref: LeaseRef, reason: string): void;
  /** These are no longer ours: drops what is ready, aborts what runs. */
  lose(refs: readonly LeaseRef[]): void;
  /** Starts nothing more; what was not started ends as handed back. */
  drain(): void;
  abortAll(why: AbortCause, message: string): void;
  /** Occupied slots. */
  readonly running: number;
  /** Every run has its end; a handler that ignores its signal may still occupy a slot. */
  readonly settled: boolean;
}

export function createPool(options: PoolOptions): Pool {
  const runs = new Map<string, Run>();
  const ready = new Set<Run>();
  let busy = 0;
  let draining = false;

  const end = (run: Run, how: RunEnd): void => {
    if (run.phase === 'ended') return;
    ready.delete(run);
    run.phase = 'ended';
    runs.delete(run.key);
    options.onEnd(run, how);
  };
  const release = (): void => {
    busy -= 1;
    fill();
    options.onRoom();
  };
  const events: ExecutionEvents = { onEnd: end, onReleased: release };
  const start = (run: Run): void => {
    ready.delete(run);
    run.phase = 'running';
    busy += 1;
    options.execute(run, events);
  };
  const fill = (): void => {
    if (draining) return;
    for (const run of ready) {
      if (busy >= options.slots) return;
      start(run);
    }
  };

  return {
    accept(leases) {
      for (const lease of leases) {
        if (!lease.ref) continue;
        const run = new Run(lease, lease.ref, options.logs);
        if (runs.has(run.key)) continue;
        runs.set(run.key, run);
        ready.add(run);
        if (draining) end(run, { outcome: 'handed_back' });
      }
      fill();
    },
    room() {
      return draining ? 0 : Math.max(0, options.slots + options.prefetch - busy - ready.size);
    },
    held() {
      return [...runs.values()].map((run) => run.ref);
    },
    cancel(ref, reason) {
      const run = runs.get(leaseKey(ref));
      if (!run) return;
      run.abort('cancelled', reason || 'cancelled on request');
      if (run.phase === 'ready' && run.aborted) end(run, endOfAborted(run.aborted));
    },
    lose(refs) {
      for (const ref of refs) {
        const run = runs.get(leaseKey(ref));
        if (!run) continue;
        run.abort('lease_lost', 'the lease of this attempt is lost: another worker may run it');
        end(run, { outcome: 'dropped' });
      }
    },
    drain() {
      draining = true;
      for (const run of [...ready]) end(run, { outcome: 'handed_back' });
    },
    abortAll(why, message) {
      for (const run of runs.values()) run.abort(why, message);
    },
    get running() {
      return busy;
    },
    get settled() {
      return runs.size === 0;
    },
  };
}
