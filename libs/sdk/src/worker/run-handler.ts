import { inspect } from 'node:util';
import { checkOutput, isTaskflowError } from '@taskflow/domain';
import { isNonRetryable, type RunContext, type TaskLog } from '../define/run-context.js';
import type { Handler } from '../define/task.js';
import { cutText } from './log-lines.js';
import { endOfAborted, type Run, type RunEnd } from './run.js';

/** Largest error message that is stored, in bytes. */
export const MAX_MESSAGE_BYTES = 8 * 1024;

/** Calls a handler; resolves when it has really ended. Never rejects. */
export async function runHandler(run: Run, handler: Handler, traceparent: string): Promise<RunEnd> {
  try {
    const params = JSON.parse(run.lease.paramsJson || '{}') as never;
    const output = await handler(contextOf(run, traceparent), params);
    if (run.aborted && (run.aborted.why !== 'draining' || run.signalWasRead)) return endOfAborted(run.aborted);
    return endOfOutput(output);
  } catch (error) {
    if (run.aborted) return endOfAborted(run.aborted);
    return endOfError(run, error);
  }
}

function endOfOutput(output: unknown): RunEnd {
  try {
    const json = output === undefined ? undefined : JSON.stringify(output);
    return { outcome: 'success', outputJson: json === undefined ? '' : checkOutput(JSON.parse(json)) };
  } catch (error) {
    const message = cutText(error instanceof Error ? error.message : String(error), MAX_MESSAGE_BYTES);
    const tooLarge = isTaskflowError(error) && error.reason === 'OUTPUT_TOO_LARGE';
    const reason = tooLarge ? 'OUTPUT_TOO_LARGE' : 'OUTPUT_NOT_JSON';
    const said = tooLarge ? message : cutText(`the output is not JSON: ${message}`, MAX_MESSAGE_BYTES);
    return { outcome: 'failed', reason, message: said, retryable: false };
  }
}

function endOfError(run: Run, error: unknown): RunEnd {
  const thrown = error instanceof Error ? error : undefined;
  const said = thrown ? `${thrown.name}: ${thrown.message}` : typeof error === 'string' ? error : inspect(error);
  const message = cutText(said, MAX_MESSAGE_BYTES);
  if (thrown?.stack) run.log.write('stderr', thrown.stack);
  return { outcome: 'failed', reason: 'USER_ERROR', message, ...(isNonRetryable(error) ? { retryable: false } : {}) };
}

function contextOf(run: Run, traceparent: string): RunContext {
  const { lease, ref } = run;
  let inputs: RunContext['inputs'] | undefined;
  return {
    get signal() {
      return run.signal;
    },
    log: logOf(run),
    get inputs() {
      inputs ??= JSON.parse(lease.inputsJson || '{}') as RunContext['inputs'];
      return inputs;
    },
    task: lease.task,
    taskInstanceId: ref.id,
    workflow: lease.workflow || undefined,
    workflowInstanceId: lease.workflowInstanceId || undefined,
    key: lease.nodeKey || undefined,
    attempt: ref.attempt,
    maxAttempts: lease.maxAttempts,
    scheduledFor: lease.scheduledFor,
    idempotencyKey: `taskflow-${ref.id}`,
    traceparent,
  };
}

function logOf(run: Run): TaskLog {
  const line = (stream: 'stdout' | 'stderr', level: string) => (message: string, fields?: object) => {
    run.log.write(stream, `${level}${message}${fields === undefined ? '' : ` ${fieldsText(fields)}`}`);
  };
  return {
    debug: line('stdout', 'debug: '),
    info: line('stdout', ''),
    warn: line('stderr', 'warn: '),
    error: line('stderr', 'error: '),
  };
}

function fieldsText(fields: object): string {
  try {
    return JSON.stringify(fields);
  } catch (error) {
    return `(fields left out: ${error instanceof Error ? error.message : String(error)})`;
  }
}
