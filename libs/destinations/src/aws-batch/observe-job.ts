import type { JobDetail } from '@aws-sdk/client-batch';
import type { JsonObject } from '@taskflow/domain';
import type { ExternalRef, FailureClass, Observation, RemoteState } from '../observation.js';

const STATES: Readonly<Record<string, RemoteState>> = {
  SUBMITTED: 'queued',
  PENDING: 'queued',
  RUNNABLE: 'queued',
  STARTING: 'starting',
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
};

/** Texts of AWS, each with what it means. The first that matches counts. */
const CAUSES: readonly (readonly [RegExp, FailureClass, string])[] = [
  [/OutOfMemory/i, 'oom', 'OOM'],
  [/(CannotPull|ImagePull|PullImage).*(unauthorized|not found|denied)/i, 'config', 'IMAGE'],
  [/CannotPull|ImagePull|PullImage/i, 'image', 'IMAGE'],
  [/Host EC2|host .*terminated/i, 'infra', 'HOST_LOST'],
  [/attempt duration exceeded timeout/i, 'timeout', 'TIMEOUT'],
  [/CannotStartContainer|ResourceInitialization|CannotCreateContainer/i, 'config', 'CANNOT_START'],
  [/Dependent Job failed/i, 'config', 'DEPENDENCY'],
];

/** Where the log of a job is, and the web address of both. */
export type LogRef = JsonObject & { readonly group: string; readonly stream: string | null };

/** What a job of AWS Batch tells. Pure. `exitCode` is the one of the list, which some answers carry and the detail does not. */
export function observeJob(job: JobDetail, ref: ExternalRef, exitCode?: number): Observation {
  const status = job.status ?? 'UNKNOWN';
  const state = STATES[status] ?? 'queued';
  const base = {
    ref,
    remoteStatus: status,
    ...(job.startedAt ? { startedAt: new Date(job.startedAt) } : {}),
    logRef: logRefOf(job),
  };
  if (state === 'succeeded') {
    return { ...base, state, terminal: true, exitCode: 0, ...finishedOf(job) };
  }
  const why = reasonsOf(job);
  if (state !== 'failed') {
    return { ...base, state, terminal: false, ...(why === '' ? {} : { reason: why }) };
  }
  const code = exitCodeOf(job) ?? exitCode;
  const over = { ...base, terminal: true, ...finishedOf(job), ...(code === undefined ? {} : { exitCode: code }) };
  const stopped = job.isCancelled === true || job.isTerminated === true;
  const ours = job.statusReason?.startsWith('taskflow:') === true;
  if (stopped || ours) {
    const reason = job.statusReason ?? 'was ended by somebody else';
    return { ...over, state: 'cancelled', failureClass: 'cancelled', reasonCode: 'CANCELLED', reason };
  }
  return { ...over, state, ...causeOf(why, code) };
}

function causeOf(
  why: string,
  exitCode: number | undefined,
): Pick<Observation, 'failureClass' | 'reasonCode' | 'reason' | 'signal'> {
  const said = why === '' ? '' : `: ${why}`;
  const known = CAUSES.find(([pattern]) => pattern.test(why));
  const exit = exitCode === undefined ? '' : ` (exit code ${String(exitCode)})`;
  if (known) return { failureClass: known[1], reasonCode: known[2], reason: `${why}${exit}` };
  if (exitCode === undefined) {
    // Neither code nor cause: the host is gone, or the container never was. Not a success, and not the program's fault.
    return { failureClass: 'infra', reasonCode: 'NO_EXIT_CODE', reason: `ended without an exit code${said}` };
  }
  const signal = exitCode > 128 && exitCode < 160 ? { signal: exitCode - 128 } : {};
  return { failureClass: 'user', reasonCode: 'EXIT_CODE', reason: `exit code ${String(exitCode)}${said}`, ...signal };
}

/** A missing code must not be read as 0. */
function exitCodeOf(job: JobDetail): number | undefined {
  const ecs = job.ecsProperties?.taskProperties?.[0]?.containers ?? [];
  const essential = [...ecs].sort((a, b) => Number(b.essential ?? false) - Number(a.essential ?? false));
  const eks = job.eksAttempts?.at(-1)?.containers ?? [];
  const codes = [
    job.container?.exitCode,
    job.attempts?.at(-1)?.container?.exitCode,
    ...essential.map((one) => one.exitCode),
    ...eks.map((one) => one.exitCode),
  ];
  return codes.find((code) => code !== undefined);
}

function reasonsOf(job: JobDetail): string {
  const last = job.attempts?.at(-1);
  const texts = [
    job.statusReason,
    last?.statusReason,
    last?.container?.reason,
    job.container?.reason,
    ...(job.eksAttempts?.at(-1)?.containers ?? []).map((one) => one.reason),
  ];
  return [...new Set(texts.filter((text) => text !== undefined && text !== ''))].join('; ').slice(0, 8000);
}

function finishedOf(job: JobDetail): { finishedAt?: Date } {
  return job.stoppedAt ? { finishedAt: new Date(job.stoppedAt) } : {};
}

function logRefOf(job: JobDetail): LogRef {
  const options = job.container?.logConfiguration?.options ?? {};
  return { group: options['awslogs-group'] ?? '/aws/batch/job', stream: job.container?.logStreamName ?? null };
}
