import type { RunEnd } from '../worker/run.js';

/** Exit codes of run-task with a meaning of their own; else it ends with the code of the command. */
export const JOB_EXIT = {
  /** Another container runs the attempt, or it has ended: nothing was run, or what was counts no more. */
  superseded: 86,
  /** It succeeded with an output, which could not be reported. */
  unreported: 75,
  /** A handler failed. */
  failed: 1,
  timeout: 124,
  /** 128 and SIGTERM: cancelled, or the container was told to stop. */
  stopped: 143,
} as const;

const KILLED = 137;

export function exitCodeOf(end: RunEnd): number {
  switch (end.outcome) {
    case 'success':
      return 0;
    case 'failed':
      return end.exitCode ?? JOB_EXIT.failed;
    case 'timeout':
      return JOB_EXIT.timeout;
    case 'cancelled':
    case 'handed_back':
      return JOB_EXIT.stopped;
    case 'dropped':
      return JOB_EXIT.superseded;
  }
}

type ReportedEnd = Extract<RunEnd, { readonly outcome: 'success' | 'failed' | 'timeout' | 'cancelled' }>;

/**
 * Whether the container knows best how it ended. Stopped from outside, or killed by nobody knows whom (memory, the node), its
 * destination does: an eviction is a loss, and no failure of the Task.
 */
export function isForReport(end: RunEnd): end is ReportedEnd {
  if (end.outcome === 'dropped' || end.outcome === 'handed_back') return false;
  return !(end.outcome === 'failed' && end.reason === 'SIGNAL' && end.exitCode === KILLED);
}
