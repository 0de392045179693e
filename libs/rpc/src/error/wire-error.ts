import { status } from '@grpc/grpc-js';
import { isTaskflowError, type ErrorKind, type TaskflowError } from '@taskflow/domain/errors';
import { BUG_STATUS, STATUS_TABLE } from './status-table.js';

export interface WireViolation {
  readonly field: string;
  readonly description: string;
}

/** A failure as it leaves the process, before it is written for gRPC or for HTTP. */
export interface WireError {
  readonly code: status;
  /** Name of the gRPC status: INVALID_ARGUMENT. */
  readonly codeName: string;
  readonly http: number;
  /** Absent when it is a bug. */
  readonly kind?: ErrorKind;
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly WireViolation[];
  /** Milliseconds after which the call may be repeated. */
  readonly retryAfterMs?: number;
  readonly requestId: string;
}

const LONGEST_MESSAGE = 1000;

/** Maps any thrown value. A bug shows nothing of itself but the request id, under which the log has its full cause. */
export function toWireError(error: unknown, requestId: string): WireError {
  if (!isTaskflowError(error)) {
    return {
      ...BUG_STATUS,
      codeName: 'INTERNAL',
      reason: 'INTERNAL',
      message: `The request failed because of a fault in Taskflow. Its cause is in the log of the api under request id ${requestId}.`,
      metadata: {},
      violations: [],
      requestId,
    };
  }
  const wire = STATUS_TABLE[error.kind];
  const retryAfterMs = retryAfterOf(error);
  return {
    ...wire,
    codeName: status[wire.code],
    kind: error.kind,
    reason: error.reason,
    message: shortened(error.message),
    metadata: error.metadata,
    violations: violationsOf(error),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    requestId,
  };
}

function shortened(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}

// By property and not by class, because the error may come from another loaded copy of the domain.
function violationsOf(error: TaskflowError): WireViolation[] {
  if (!('violations' in error) || !Array.isArray(error.violations)) return [];
  return error.violations.map(({ field, description }: WireViolation) => ({ field, description }));
}

function retryAfterOf(error: TaskflowError): number | undefined {
  return 'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined;
}
