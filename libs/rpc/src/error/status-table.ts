import { status } from '@grpc/grpc-js';
import type { ErrorKind } from '@taskflow/domain/errors';

/** What a class of errors is on each wire. */
export interface WireStatus {
  readonly code: status;
  readonly http: number;
}

/** The one table of errors: class → gRPC status and HTTP status. What is not in it is a bug and goes out as INTERNAL. */
export const STATUS_TABLE: Readonly<Record<ErrorKind, WireStatus>> = {
  InvalidInput: { code: status.INVALID_ARGUMENT, http: 400 },
  NotFound: { code: status.NOT_FOUND, http: 404 },
  AlreadyExists: { code: status.ALREADY_EXISTS, http: 409 },
  IllegalTransition: { code: status.FAILED_PRECONDITION, http: 409 },
  LeaseLost: { code: status.ABORTED, http: 409 },
  VersionConflict: { code: status.ABORTED, http: 409 },
  QuotaExceeded: { code: status.RESOURCE_EXHAUSTED, http: 429 },
  Unauthenticated: { code: status.UNAUTHENTICATED, http: 401 },
  PermissionDenied: { code: status.PERMISSION_DENIED, http: 403 },
  Unavailable: { code: status.UNAVAILABLE, http: 503 },
};

export const BUG_STATUS: WireStatus = { code: status.INTERNAL, http: 500 };
