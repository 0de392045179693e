import type { UnsuccessfulEnd } from '../task/decide-ending.js';
import type { PushEnd } from './end-pushed.js';

/** What a destination says of a job; see Observation in @taskflow/destinations. */
export interface JobObservation {
  readonly state: 'queued' | 'starting' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'unreachable' | 'gone';
  readonly terminal: boolean;
  readonly remoteStatus: string;
  readonly reasonCode?: string | undefined;
  readonly reason?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: number | undefined;
  readonly failureClass?: string | undefined;
  readonly startedAt?: Date | undefined;
  readonly finishedAt?: Date | undefined;
  readonly outputJson?: string | undefined;
}

const LOSSES = ['infra', 'capacity', 'lost'];
const FINAL = ['rejected', 'config'];

/** What a terminal observation means for the attempt. Pure. */
export function observedEnd(jobId: string, seen: JobObservation): PushEnd {
  const { remoteStatus, signal, startedAt, finishedAt, outputJson: output } = seen;
  const facts = { jobId, remoteStatus, signal, startedAt, finishedAt };
  if (seen.state === 'succeeded') return { ...facts, end: 'success', output };
  const failureClass = seen.failureClass ?? 'unknown';
  const end: UnsuccessfulEnd = {
    outcome: outcomeOf(seen.state, failureClass),
    reason: seen.reasonCode ?? failureClass.toUpperCase(),
    message: seen.reason ?? `ended as ${remoteStatus}`,
    exitCode: seen.exitCode,
    final: FINAL.includes(failureClass),
  };
  return { ...facts, end, failureClass };
}

function outcomeOf(state: JobObservation['state'], failureClass: string): UnsuccessfulEnd['outcome'] {
  if (state === 'cancelled' || failureClass === 'cancelled') return 'cancelled';
  if (failureClass === 'timeout') return 'timeout';
  return LOSSES.includes(failureClass) ? 'lost' : 'failed';
}
