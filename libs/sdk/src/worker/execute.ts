import type { Tracer } from '@opentelemetry/api';
import { formatDuration } from '@taskflow/domain';
import type { CommandRunner } from '../bash/run-command.js';
import type { RunAborted } from '../define/run-context.js';
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

export interface ExecutionEvents {
  /** What to report; of several calls for a run the first counts. */
  readonly onEnd: (run: Run, end: RunEnd) => void;
  /** The work has really stopped and its slot is free; later than the end for a handler that ignores its signal. */
  readonly onReleased: () => void;
}

/** Runs one lease under its timeout. */
export function execute(run: Run, options: ExecuteOptions, events: ExecutionEvents): void {
  const { lease } = run;
  const timeoutMs = durationMs(lease.timeout, 0);
  const timer = timeoutMs > 0 ? setTimeout(timeOut, Math.min(timeoutMs, LONGEST_TIMER_MS), run, timeoutMs) : undefined;
  let overdue: NodeJS.Timeout | undefined;
  // A command is killed for sure, so that its end is always the real one.
  if (lease.handler !== BASH_HANDLER) {
    run.onAbort((aborted) => {
      overdue = setTimeout(() => {
        logIgnored(options.logger, run, aborted);
        events.onEnd(run, endOfAborted(run.aborted ?? aborted));
      }, options.graceMs);
    });
  }
  const finish = (end: RunEnd): void => {
    clearTimeout(timer);
    clearTimeout(overdue);
    events.onEnd(run, end);
    events.onReleased();
  };
  inAttemptSpan(
    options.tracer,
    lease,
    (traceparent, recorded) => {
      const told = (): string => (run.traceParent = traceparent());
      if (recorded) told();
      return attempt(run, options, told);
    },
    (end) => logFailure(options.logger, run, end),
  ).then(finish, (error: unknown) => {
    finish({ outcome: 'failed', reason: 'WORKER_ERROR', message: String(error) });
  });
}

function attempt(run: Run, options: ExecuteOptions, traceparent: () => string): Promise<RunEnd> {
  const { lease } = run;
  if (lease.handler === BASH_HANDLER) return options.runCommand(run, traceparent());
  const handler = options.handlers.get(lease.handler);
  if (handler) return runHandler(run, handler, traceparent);
  const message = `this worker has no handler "${lease.handler}"; start a worker that registers it`;
  return Promise.resolve<RunEnd>({ outcome: 'failed', reason: 'NO_HANDLER', message });
}

/** Within the attempt's span, so that the line carries its trace. */
function logFailure(logger: WorkerLogger, { lease, ref }: Run, end: RunEnd): void {
  if (end.outcome !== 'failed' && end.outcome !== 'timeout') return;
  const fields = { task: lease.task, task_instance_id: ref.id, attempt: ref.attempt, reason: end.reason };
  logger.warn(fields, 'an attempt has failed');
}

function logIgnored(logger: WorkerLogger, { lease, ref }: Run, { why }: RunAborted): void {
  const fields = { task: lease.task, task_instance_id: ref.id, cause: why };
  logger.warn(fields, 'a handler ignores its abort signal and keeps its slot until it ends');
}

function timeOut(run: Run, timeoutMs: number): void {
  run.abort('timeout', `ran longer than its timeout of ${formatDuration(timeoutMs)}`);
}
