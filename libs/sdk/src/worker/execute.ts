import type { Tracer } from '@opentelemetry/api';
import { formatDuration } from '@taskflow/domain';
import type { CommandRunner } from '../bash/run-command.js';
import type { Handler } from '../define/task.js';
import { durationMs } from '../duration-message.js';
import { inAttemptSpan } from './attempt-span.js';
import { runHandler } from './run-handler.js';
import { endOfAborted, type Run, type RunEnd } from './run.js';
import type { WorkerLogger } from './worker-logger.js';

/** The handler name under which leases ask for a Bash command. */
export const BASH_HANDLER = '@bash';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface ExecuteOptions {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly runCommand: CommandRunner;
  readonly tracer: Tracer;
  readonly logger: WorkerLogger;
  /** How long an aborted handler may take to end before its result is reported without it. */
  readonly graceMs: number;
}

export interface Execution {
  /** What to report. */
  readonly end: Promise<RunEnd>;
  /** When the work has really stopped and its slot is free; later than `end` for a handler that ignores its signal. */
  readonly released: Promise<unknown>;
}

/** Runs one lease under its timeout. */
export function execute(run: Run, options: ExecuteOptions): Execution {
  const { lease } = run;
  const timeoutMs = durationMs(lease.timeout, 0);
  const timer = timeoutMs > 0 ? setTimeout(timeOut, Math.min(timeoutMs, LONGEST_TIMER_MS), run, timeoutMs) : undefined;
  const handler = options.handlers.get(lease.handler);
  const attempt = (traceparent: string): Promise<RunEnd> => {
    if (lease.handler === BASH_HANDLER) return options.runCommand(run, traceparent);
    if (handler) return runHandler(run, handler, traceparent);
    const message = `this worker has no handler "${lease.handler}"; start a worker that registers it`;
    return Promise.resolve<RunEnd>({ outcome: 'failed', reason: 'NO_HANDLER', message });
  };
  const work = inAttemptSpan(options.tracer, lease, async (traceparent) => {
    const end = await attempt(traceparent);
    logEnd(options.logger, run, end);
    return end;
  });
  const released = timer === undefined ? work : work.finally(() => clearTimeout(timer));
  // A command is killed for sure, so that its end is always the real one.
  if (lease.handler === BASH_HANDLER) return { end: released, released };
  return { end: orAborted(run, released, options), released };
}

/** Within the attempt's span, so that the line carries its trace. */
function logEnd(logger: WorkerLogger, { lease, ref }: Run, end: RunEnd): void {
  if (end.outcome !== 'failed' && end.outcome !== 'timeout') return;
  const fields = { task: lease.task, task_instance_id: ref.id, attempt: ref.attempt, reason: end.reason };
  logger.warn(fields, 'an attempt has failed');
}

function timeOut(run: Run, timeoutMs: number): void {
  run.abort('timeout', `ran longer than its timeout of ${formatDuration(timeoutMs)}`);
}

function orAborted(run: Run, work: Promise<RunEnd>, { graceMs, logger }: ExecuteOptions): Promise<RunEnd> {
  return new Promise((resolve, reject) => {
    let overdue: NodeJS.Timeout | undefined;
    run.onAbort((aborted) => {
      overdue = setTimeout(() => {
        const fields = { task: run.lease.task, task_instance_id: run.ref.id, cause: aborted.why };
        logger.warn(fields, 'a handler ignores its abort signal and keeps its slot until it ends');
        resolve(endOfAborted(run.aborted ?? aborted));
      }, graceMs);
    });
    work.finally(() => clearTimeout(overdue)).then(resolve, reject);
  });
}
