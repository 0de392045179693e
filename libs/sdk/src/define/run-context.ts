import { FINAL, isMarked } from './marker.js';

/** Outputs of the tasks that a task depends on, by key. */
export type Inputs = Readonly<Record<string, unknown>>;

/** Writes to the attempt's log, which the service stores. Messages are text; fields follow as JSON. */
export interface TaskLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What a handler is given besides its params. */
export interface RunContext<I extends Inputs = Inputs> {
  /**
   * Aborts when the run is cancelled, times out, loses its lease or must hand back because the worker stops. The handler
   * should end soon afterwards; `signal.reason` is an {@link RunAborted} that says why.
   */
  readonly signal: AbortSignal;
  readonly log: TaskLog;
  /** Outputs of the tasks that this one depends on, by key; empty outside a Workflow. */
  readonly inputs: I;
  /** Name of the Task. */
  readonly task: string;
  /** A decimal number as text. */
  readonly taskInstanceId: string;
  /** Name of the Workflow; undefined outside one, as the next two. */
  readonly workflow: string | undefined;
  readonly workflowInstanceId: string | undefined;
  /** Key of this task within the Workflow. */
  readonly key: string | undefined;
  /** Counts from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** The slot of the schedule that this run belongs to. */
  readonly scheduledFor: Date | undefined;
  /** The same for every attempt of an instance: hand it to services that accept one, so that a retry does nothing twice. */
  readonly idempotencyKey: string;
  /** W3C `traceparent` of this attempt; empty when there is none. */
  readonly traceparent: string;
}

export type AbortCause = 'cancelled' | 'timeout' | 'lease_lost' | 'draining';

/** Why a run was asked to end. */
export class RunAborted extends Error {
  /** `cancelled`, `timeout`, `lease_lost` or `draining`. */
  readonly why: AbortCause;

  constructor(why: AbortCause, message: string) {
    super(message);
    this.name = 'RunAborted';
    this.why = why;
  }
}

/** Thrown by a handler: the failure is final, whatever `retries` says. */
export class NonRetryableError extends Error {
  readonly [FINAL] = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NonRetryableError';
  }
}

/** True also for one made by another copy of this package. */
export function isNonRetryable(error: unknown): boolean {
  return isMarked(error, FINAL);
}
