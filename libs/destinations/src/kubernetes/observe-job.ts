import type { ExternalRef, Observation } from '../observation.js';
import { failureCause, startTrouble, timesOf } from './failure-cause.js';
import type { KeptJob, KeptPod, Trouble } from './kube-objects.js';

/** Milliseconds that a pod may be in trouble with its image or its configuration: a registry may come back. */
export interface Patience {
  readonly image: number;
  readonly config: number;
}

/**
 * What a Job and its pod tell. Pure. The Job gives the verdict, and only once its pods have ended; the pod says why.
 */
export function observeJob(job: KeptJob, pod: KeptPod | undefined, ref: ExternalRef): Observation {
  const times = timesOf(pod?.main);
  const logRef = pod === undefined ? null : { pod: pod.name };
  const base = { ref, logRef };
  const has = (type: string) => job.conditions.find((condition) => condition.type === type);
  if (has('Complete')) {
    return { ...base, state: 'succeeded', terminal: true, remoteStatus: 'Complete', exitCode: 0, ...times };
  }
  const failed = has('Failed');
  if (failed) {
    const over = { ...base, terminal: true, remoteStatus: `Failed/${failed.reason ?? ''}` };
    const cause = failureCause(job, pod);
    if (job.cancel !== undefined && failed.reason === 'DeadlineExceeded') {
      return { ...over, ...times, ...endedByUs(job.cancel) };
    }
    if (job.trouble !== undefined && failed.reason === 'DeadlineExceeded') {
      const { failureClass, code: reasonCode, reason } = job.trouble;
      return { ...over, state: 'failed', failureClass, reasonCode, reason };
    }
    return { ...over, state: 'failed', ...cause };
  }
  const during = { ...base, terminal: false, ...times };
  if (job.suspended) {
    if (job.cancel !== undefined && job.active === 0) {
      return { ...base, terminal: true, remoteStatus: 'Suspended', ...endedByUs(job.cancel) };
    }
    return { ...during, state: 'queued', remoteStatus: 'Suspended' };
  }
  if (pod === undefined) return { ...during, state: 'queued', remoteStatus: 'no pod yet' };
  if (pod.main?.state?.running || pod.main?.state?.terminated) {
    return { ...during, state: 'running', remoteStatus: pod.phase };
  }
  const trouble = startTrouble(pod);
  if (trouble === undefined) return { ...during, state: 'starting', remoteStatus: pod.phase };
  const { reason, code } = trouble;
  const state = trouble.failureClass === 'capacity' ? 'queued' : 'starting';
  return { ...during, state, remoteStatus: `${pod.phase}/${code}`, reason };
}

/** The trouble of a pod that has been unable to start for longer than there is hope. Pure. */
export function hopelessTrouble(pod: KeptPod, nowMs: number, patience: Patience): Trouble | undefined {
  const trouble = startTrouble(pod);
  if (trouble === undefined || trouble.failureClass === 'capacity') return undefined;
  return nowMs - Date.parse(pod.createdAt) > patience[trouble.failureClass] ? trouble : undefined;
}

function endedByUs(reason: string): Pick<Observation, 'state' | 'failureClass' | 'reasonCode' | 'reason'> {
  return { state: 'cancelled', failureClass: 'cancelled', reasonCode: 'CANCELLED', reason };
}
