import { constants } from 'node:os';
import type { Observation } from '../observation.js';
import type { ContainerStatus, KeptJob, KeptPod, Trouble } from './kube-objects.js';

type Cause = Pick<
  Observation,
  'failureClass' | 'reasonCode' | 'reason' | 'exitCode' | 'signal' | 'startedAt' | 'finishedAt'
>;

const OF_THE_NODE: Readonly<Record<string, string>> = {
  Evicted: 'EVICTED',
  NodeLost: 'NODE_LOST',
  Shutdown: 'NODE_SHUTDOWN',
  NodeShutdown: 'NODE_SHUTDOWN',
  Terminated: 'NODE_SHUTDOWN',
  Preempting: 'PREEMPTED',
};
const IMAGE = /ErrImagePull|ImagePullBackOff|ErrImageNeverPull|RegistryUnavailable/;
const CONFIG =
  /InvalidImageName|CreateContainerConfigError|CreateContainerError|RunContainerError|ContainerCannotRun|StartError/;
const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** Why a Job that failed did so: the most telling of what job, pod and containers say. Pure. */
export function failureCause(job: KeptJob, pod: KeptPod | undefined): Cause {
  const failed = job.conditions.find(({ type }) => type === 'Failed' || type === 'FailureTarget');
  if (pod === undefined) {
    if (failed?.reason === 'DeadlineExceeded') return timedOut(failed.message);
    const reason = `its pod is gone, and the Job says no more than ${failed?.reason ?? 'nothing'}: ${failed?.message ?? ''}`;
    return { failureClass: 'unknown', reasonCode: 'NO_POD', reason };
  }
  const times = timesOf(pod.main);
  const disruption = pod.conditions.find(({ type }) => type === 'DisruptionTarget');
  if (failed?.reason === 'DeadlineExceeded' || pod.reason === 'DeadlineExceeded') {
    return { ...timedOut(pod.message ?? failed?.message), ...times };
  }
  const ofTheNode = OF_THE_NODE[pod.reason ?? ''];
  if (ofTheNode !== undefined) {
    return { ...lost(ofTheNode, `${pod.reason ?? ''}: ${pod.message ?? ''}`, pod), ...times };
  }
  if (disruption) {
    const code = (disruption.reason ?? 'DISRUPTED').replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
    return { ...lost(code, `${disruption.reason ?? ''}: ${disruption.message ?? ''}`, pod), ...times };
  }
  const init = pod.init.find((one) => (one.state?.terminated?.exitCode ?? 0) !== 0);
  return { ...ofContainer(init ?? pod.main, pod), ...times };
}

/** Why a pod that has not started cannot: undefined while it may still. */
export function startTrouble(pod: KeptPod): Trouble | undefined {
  const waiting = [...pod.init, pod.main]
    .map((one) => one?.state?.waiting)
    .find((one) => TROUBLE.test(one?.reason ?? ''));
  if (waiting) {
    const { reason = '', message = '' } = waiting;
    const isImage = IMAGE.test(reason);
    const failureClass = isImage ? 'image' : 'config';
    return { reason: `${reason}: ${message}`, failureClass, code: isImage ? 'IMAGE' : 'CANNOT_START' };
  }
  const scheduled = pod.conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled === undefined) return undefined;
  const reason = `${scheduled.reason ?? 'not scheduled'}: ${scheduled.message ?? ''}`;
  return { reason, failureClass: 'capacity', code: 'UNSCHEDULABLE' };
}

const TROUBLE = new RegExp(`${IMAGE.source}|${CONFIG.source}`);

function ofContainer(container: ContainerStatus | undefined, pod: KeptPod): Cause {
  const waiting = container?.state?.waiting;
  if (waiting?.reason !== undefined && TROUBLE.test(waiting.reason)) {
    const trouble = startTrouble(pod);
    return { failureClass: trouble?.failureClass, reasonCode: trouble?.code, reason: trouble?.reason };
  }
  const end = container?.state?.terminated;
  if (end === undefined || container === undefined) {
    const reason = `its pod is ${pod.phase} without an end of its container: ${pod.message ?? pod.reason ?? ''}`;
    return { failureClass: 'infra', reasonCode: 'NO_EXIT_CODE', reason };
  }
  const { exitCode, reason = '' } = end;
  const signal = end.signal ?? (exitCode > 128 && exitCode < 160 ? exitCode - 128 : undefined);
  const said = end.message === undefined || end.message === '' ? '' : `: ${end.message}`;
  const where = `exit ${String(exitCode)} in container ${container.name}`;
  const facts = { exitCode, ...(signal === undefined ? {} : { signal }) };
  if (reason === 'OOMKilled') {
    const limit = pod.memoryLimit === undefined ? '' : `; limit ${pod.memoryLimit}`;
    return { ...facts, failureClass: 'oom', reasonCode: 'OOM', reason: `OOMKilled, ${where}${limit}${said}` };
  }
  if (CONFIG.test(reason)) {
    return { ...facts, failureClass: 'config', reasonCode: 'CANNOT_START', reason: `${reason}, ${where}${said}` };
  }
  const name = signal === undefined ? undefined : SIGNALS.get(signal);
  if (name !== undefined) {
    return { ...facts, failureClass: 'user', reasonCode: 'SIGNAL', reason: `was ended by ${name}, ${where}${said}` };
  }
  return { ...facts, failureClass: 'user', reasonCode: 'EXIT_CODE', reason: `${where}${said}` };
}

function timedOut(message: string | undefined): Cause {
  return { failureClass: 'timeout', reasonCode: 'TIMEOUT', reason: message ?? 'was active longer than its deadline' };
}

function lost(reasonCode: string, reason: string, { node }: KeptPod): Cause {
  return { failureClass: 'infra', reasonCode, reason: node === undefined ? reason : `${reason} (node ${node})` };
}

/** When the main container ran. */
export function timesOf(main: ContainerStatus | undefined): { startedAt?: Date; finishedAt?: Date } {
  const started = main?.state?.running?.startedAt ?? main?.state?.terminated?.startedAt;
  const finished = main?.state?.terminated?.finishedAt;
  return {
    ...(started === undefined ? {} : { startedAt: new Date(started) }),
    ...(finished === undefined ? {} : { finishedAt: new Date(finished) }),
  };
}
