import { constants } from 'node:os';
import type { ExternalRef, Observation } from '../observation.js';
import type { TaskStatus } from './scheduler-api.js';

const TERMINAL = new Set(['TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_ERROR', 'TASK_DROPPED', 'TASK_GONE']);
/** The master knows nothing of it: a task that never was, or one whose end was acknowledged. */
const UNKNOWN = new Set(['TASK_UNKNOWN', 'TASK_GONE_BY_OPERATOR']);

/** No later state differs. */
export function isTerminal({ state }: TaskStatus): boolean {
  return TERMINAL.has(state);
}

/** Whether an answer to RECONCILE says that there is no such task. A registered agent answers TASK_GONE of one it never had. */
export function isAbsent({ state, reason }: TaskStatus): boolean {
  return UNKNOWN.has(state) || (state === 'TASK_GONE' && reason === 'REASON_RECONCILIATION');
}

/**
 * What a status tells. Pure. `started` is when the task was first seen running, `asked` whether its end was asked for by us.
 */
export function observeStatus(
  status: TaskStatus,
  ref: ExternalRef,
  { started, asked }: { readonly started?: Date | undefined; readonly asked?: string | undefined },
): Observation {
  const { state, message = '', reason = '' } = status;
  const agent = status.agent_id?.value ?? null;
  const base = { ref, remoteStatus: reason === '' ? state : `${state}/${reason}`, logRef: { agent } };
  const times = started === undefined ? {} : { startedAt: started };
  const finished = status.timestamp === undefined ? {} : { finishedAt: new Date(status.timestamp * 1000) };
  const over = { ...base, ...times, ...finished, terminal: true };
  const said = message === '' ? state : message;
  switch (state) {
    case 'TASK_STAGING':
    case 'TASK_STARTING':
      return { ...base, state: 'starting', terminal: false };
    case 'TASK_RUNNING':
    case 'TASK_KILLING':
      return { ...base, ...times, state: 'running', terminal: false };
    case 'TASK_FINISHED':
      return { ...over, state: 'succeeded', exitCode: 0 };
    case 'TASK_FAILED':
      return { ...over, state: 'failed', ...failureOf(message, reason) };
    case 'TASK_KILLED':
      if (asked !== undefined) {
        return { ...over, state: 'cancelled', failureClass: 'cancelled', reasonCode: 'CANCELLED', reason: asked };
      }
      if (reason === 'REASON_MAX_COMPLETION_TIME_REACHED') {
        return { ...over, state: 'failed', failureClass: 'timeout', reasonCode: 'TIMEOUT', reason: said };
      }
      return {
        ...over,
        state: 'failed',
        failureClass: 'infra',
        reasonCode: 'KILLED',
        reason: `${said}, and not by us`,
      };
    case 'TASK_ERROR':
      return { ...over, state: 'failed', failureClass: 'rejected', reasonCode: 'REJECTED', reason: said };
    case 'TASK_DROPPED':
      return { ...over, state: 'failed', failureClass: 'infra', reasonCode: 'DROPPED', reason: `never ran: ${said}` };
    case 'TASK_GONE':
      return { ...over, state: 'failed', failureClass: 'infra', reasonCode: 'AGENT_GONE', reason: said };
    default:
      return { ...base, ...times, state: 'unreachable', terminal: false, reason: said };
  }
}

const SIGNALS = new Map(Object.entries(constants.signals));

function failureOf(
  message: string,
  reason: string,
): Pick<Observation, 'failureClass' | 'reasonCode' | 'reason' | 'exitCode' | 'signal'> {
  const said = message === '' ? reason : message;
  if (reason === 'REASON_MAX_COMPLETION_TIME_REACHED')
    return { failureClass: 'timeout', reasonCode: 'TIMEOUT', reason: said };
  if (reason === 'REASON_CONTAINER_LIMITATION_MEMORY') return { failureClass: 'oom', reasonCode: 'OOM', reason: said };
  if (reason === 'REASON_CONTAINER_LIMITATION_DISK') return { failureClass: 'user', reasonCode: 'DISK', reason: said };
  if (reason === 'REASON_CONTAINER_LAUNCH_FAILED' && /pull image|manifest/i.test(message))
    return { failureClass: 'image', reasonCode: 'IMAGE', reason: said };
  if (reason === 'REASON_CONTAINER_LAUNCH_FAILED')
    return { failureClass: 'config', reasonCode: 'CANNOT_START', reason: said };
  const exit = /exited with status (\d+)/.exec(message)?.[1];
  if (exit !== undefined) {
    return {
      failureClass: 'user',
      reasonCode: 'EXIT_CODE',
      exitCode: Number(exit),
      reason: `exit code ${exit}: ${said}`,
    };
  }
  const name = /terminated with signal (?:SIG)?(\w+)/.exec(message)?.[1];
  if (name !== undefined) {
    const signal = SIGNALS.get(`SIG${name.toUpperCase()}`);
    const facts = signal === undefined ? {} : { signal, exitCode: 128 + signal };
    return { ...facts, failureClass: 'user', reasonCode: 'SIGNAL', reason: said };
  }
  return { failureClass: 'infra', reasonCode: 'EXECUTOR_LOST', reason: said };
}
