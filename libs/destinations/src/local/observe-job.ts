import { constants } from 'node:os';
import type { ExternalRef, Observation } from '../observation.js';
import type { JobFiles } from './job-folder.js';

export interface Liveness {
  readonly supervisor: boolean;
  readonly command: boolean;
}

export interface JobOutput {
  /** JSON text. */
  readonly json?: string | undefined;
  /** Why what the command wrote cannot be its output. */
  readonly fault?: { readonly reason: string; readonly message: string } | undefined;
}

/** What a job folder means. Pure. */
export function observeJob(
  ref: ExternalRef,
  files: JobFiles,
  alive: Liveness,
  output: JobOutput,
  tail: string,
): Observation {
  const { startedAt, finishedAt, exitCode } = files;
  const during = { ref, terminal: false, startedAt };
  if (exitCode === undefined) {
    if (files.supervisor === undefined) return { ...during, state: 'queued', remoteStatus: 'no supervisor yet' };
    if (files.supervisor === null) return { ref, terminal: true, state: 'cancelled', remoteStatus: 'never started' };
    if (alive.command) return { ...during, state: 'running', remoteStatus: 'running' };
    if (alive.supervisor) return { ...during, state: 'starting', remoteStatus: 'between processes' };
    const reason = 'its supervisor was killed, or the machine stopped; nobody knows how the command ended';
    const lost = { reasonCode: 'SUPERVISOR_LOST', reason, failureClass: 'infra' } as const;
    return { ref, terminal: true, startedAt, state: 'failed', remoteStatus: 'vanished', ...lost };
  }
  const over = { ref, terminal: true, startedAt, finishedAt, remoteStatus: `exit ${String(exitCode)}` } as const;
  const said = tail === '' ? '' : `: ${tail}`;
  const name = signalName(exitCode);
  const failed = { ...over, state: 'failed', exitCode, ...(name ? { signal: exitCode - 128 } : {}) } as const;
  if (files.overtime) {
    return { ...failed, reasonCode: 'TIMEOUT', failureClass: 'timeout', reason: `ran out of time${said}` };
  }
  if (files.cancel !== undefined) {
    return { ...failed, state: 'cancelled', failureClass: 'cancelled', reasonCode: 'CANCELLED', reason: files.cancel };
  }
  if (exitCode === 0) return observeSuccess(over, files, output);
  const user = { failureClass: 'user' } as const;
  if (name !== undefined) return { ...failed, ...user, reasonCode: 'SIGNAL', reason: `was ended by ${name}${said}` };
  return { ...failed, ...user, reasonCode: 'EXIT_CODE', reason: `exit code ${String(exitCode)}${said}` };
}

function observeSuccess(
  over: Pick<Observation, 'ref' | 'terminal' | 'remoteStatus' | 'startedAt' | 'finishedAt'>,
  files: JobFiles,
  output: JobOutput,
): Observation {
  const fault =
    files.outputFault === undefined
      ? output.fault
      : { reason: 'OUTPUT_FAILED', message: `output_file cannot be written: ${files.outputFault}` };
  if (fault === undefined) return { ...over, state: 'succeeded', exitCode: 0, outputJson: output.json };
  return {
    ...over,
    state: 'failed',
    exitCode: 0,
    failureClass: 'user',
    reasonCode: fault.reason,
    reason: fault.message,
  };
}

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

function signalName(exitCode: number): string | undefined {
  return exitCode > 128 ? SIGNALS.get(exitCode - 128) : undefined;
}
