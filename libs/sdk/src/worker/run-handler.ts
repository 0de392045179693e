import { inspect } from 'node:util';
import { checkOutput, isTaskflowError } from '@taskflow/domain';
import { isNonRetryable, type RunContext, type TaskLog } from '../define/run-context.js';
import type { Handler } from '../define/task.js';
import { cutText } from './log-lines.js';
import { endOfAborted, type Run, type RunEnd } from './run.js';

/** Largest error message that is stored, in bytes. */
export const MAX_MESSAGE_BYTES = 8 * 1024;

/** Calls a handler; resolves when it has really ended. Never rejects. */
export async function runHandler(run: Run, handler: Handler, traceparent: () => string): Promise<RunEnd> {
  try {
    const params = JSON.parse(run.lease.paramsJson || '{}') as never;
    const output = await handler(new HandlerContext(run, traceparent), params);
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

/** What few handlers ask for is made when they do. */
class HandlerContext implements RunContext {
  readonly task: string;
  readonly taskInstanceId: string;
  readonly workflow: string | undefined;
  readonly workflowInstanceId: string | undefined;
  readonly key: string | undefined;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly scheduledFor: Date | undefined;
  #run: Run;
  #traceparent: () => string;
  #log: TaskLog | undefined;
  #inputs: RunContext['inputs'] | undefined;

  constructor(run: Run, traceparent: () => string) {
    const { lease, ref } = run;
    this.task = lease.task;
    this.taskInstanceId = ref.id;
    this.workflow = lease.workflow || undefined;
    this.workflowInstanceId = lease.workflowInstanceId || undefined;
    this.key = lease.nodeKey || undefined;
    this.attempt = ref.attempt;
    this.maxAttempts = lease.maxAttempts;
    this.scheduledFor = lease.scheduledFor;
    this.#run = run;
    this.#traceparent = traceparent;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  get log(): TaskLog {
    this.#log ??= logOf(this.#run);
    return this.#log;
  }

  get inputs(): RunContext['inputs'] {
    this.#inputs ??= JSON.parse(this.#run.lease.inputsJson || '{}') as RunContext['inputs'];
    return this.#inputs;
  }

  get idempotencyKey(): string {
    return `taskflow-${this.taskInstanceId}`;
  }

  get traceparent(): string {
    return this.#traceparent();
  }
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
