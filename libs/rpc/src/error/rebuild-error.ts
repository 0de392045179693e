import { status, type ServiceError } from '@grpc/grpc-js';
import {
  AlreadyExists,
  IllegalTransition,
  InvalidInput,
  LeaseLost,
  NotFound,
  PermissionDenied,
  QuotaExceeded,
  Unauthenticated,
  Unavailable,
  VersionConflict,
  type ErrorKind,
  type TaskflowErrorOptions,
} from '@taskflow/domain/errors';
import { InternalError } from './internal-error.js';
import { readDetails, type StatusDetails } from './read-details.js';
import { STATUS_TABLE } from './status-table.js';

const DEFAULT_RETRY_MS = 1000;

/**
 * The error of a call as its class, rebuilt from the details that the server sent; from the status alone where something
 * in between answered. `target` (host:port) is named when nobody could be reached.
 */
export function rebuildError(error: ServiceError, target: string): Error {
  const details = readDetails(error);
  const kind = details.kind ?? kindOf(error.code);
  if (details.reason !== undefined && kind !== undefined) return build(kind, error.details, details);
  const cause = { cause: error };
  switch (error.code) {
    case status.UNAVAILABLE:
      return new Unavailable(
        `The api at ${target} cannot be reached: ${connectionFault(error)}. Is it running there?`,
        {
          ...cause,
          reason: 'API_UNREACHABLE',
        },
      );
    case status.DEADLINE_EXCEEDED:
      return new Unavailable(`The api at ${target} did not answer in time; the call may have taken effect.`, {
        ...cause,
        reason: 'DEADLINE_EXCEEDED',
      });
    case status.CANCELLED:
      return new Unavailable('The call was cancelled.', { ...cause, reason: 'CANCELLED' });
    case status.RESOURCE_EXHAUSTED:
      return new InvalidInput(
        `The message is too large: ${error.details}. Send fewer items at once, or ask for a smaller page.`,
        [],
        { ...cause, reason: 'MESSAGE_TOO_LARGE' },
      );
    case status.UNIMPLEMENTED:
      return new InternalError(
        `The api at ${target} does not know this call; it may be older than this client.`,
        error,
      );
    default:
      return kind === undefined
        ? new InternalError(error.details, error, details.requestId)
        : build(kind, error.details, details);
  }
}

/** The reason alone: gRPC wraps it into words about its own resolver. */
function connectionFault({ details }: ServiceError): string {
  const [, last] = /Last error: (?:Error: )?(.+?)\.? Resolution note:/.exec(details) ?? [];
  return last ?? details;
}

function kindOf(code: status): ErrorKind | undefined {
  const kinds = Object.keys(STATUS_TABLE) as ErrorKind[];
  return kinds.find((kind) => STATUS_TABLE[kind].code === code);
}

function build(kind: ErrorKind, message: string, details: StatusDetails): Error {
  const options: TaskflowErrorOptions = {
    metadata: details.metadata,
    ...(details.reason === undefined ? {} : { reason: details.reason }),
  };
  switch (kind) {
    case 'InvalidInput':
      return new InvalidInput(
        message,
        details.violations.map((violation) => ({ ...violation, wanted: '' })),
        options,
      );
    case 'NotFound':
      return new NotFound(message, options);
    case 'AlreadyExists':
      return new AlreadyExists(message, options);
    case 'IllegalTransition':
      return new IllegalTransition(message, options);
    case 'LeaseLost':
      return new LeaseLost(message, options);
    case 'VersionConflict':
      return new VersionConflict(message, options);
    case 'QuotaExceeded':
      return new QuotaExceeded(message, { ...options, retryAfterMs: details.retryAfterMs ?? DEFAULT_RETRY_MS });
    case 'Unauthenticated':
      return new Unauthenticated(message, options);
    case 'PermissionDenied':
      return new PermissionDenied(message, options);
    case 'Unavailable':
      return new Unavailable(message, options);
  }
}
