import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RequestInfo, RetryInfo } from '@taskflow/proto/google/rpc/error_details.js';
import { Status } from '@taskflow/proto/google/rpc/status.js';
import type { WireError, WireViolation } from './wire-error.js';

export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';
export const ERROR_DOMAIN = 'taskflow';
/** Entry of ErrorInfo.metadata that names the error's class. */
export const KIND_KEY = 'taskflow.kind';

const TYPE_PREFIX = 'type.googleapis.com/google.rpc.';
// Trailers larger than 8 KiB are refused by common proxies and clients.
const DETAILS_BUDGET = 4096;

/** The failure as grpc-js sends it: status, message, and google.rpc.Status with its details in the trailer. */
export function toServiceError(wire: WireError): ServiceError {
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, Buffer.from(encodeStatus(wire)));
  return Object.assign(new Error(wire.message), { code: wire.code, details: wire.message, metadata });
}

function encodeStatus(wire: WireError): Uint8Array {
  const details = [
    detail('ErrorInfo', ErrorInfo.encode(errorInfo(wire)).finish()),
    detail('RequestInfo', RequestInfo.encode({ requestId: wire.requestId, servingData: '' }).finish()),
  ];
  if (wire.retryAfterMs !== undefined) {
    const retryDelay = {
      seconds: BigInt(Math.floor(wire.retryAfterMs / 1000)),
      nanos: Math.round((wire.retryAfterMs % 1000) * 1e6),
    };
    details.push(detail('RetryInfo', RetryInfo.encode({ retryDelay }).finish()));
  }
  if (wire.violations.length > 0) {
    const fieldViolations = withinBudget(wire.violations).map((violation) => ({
      ...violation,
      reason: '',
      localizedMessage: undefined,
    }));
    details.push(detail('BadRequest', BadRequest.encode({ fieldViolations }).finish()));
  }
  return Status.encode({ code: wire.code, message: wire.message, details }).finish();
}

function errorInfo(wire: WireError): ErrorInfo {
  const metadata = wire.kind === undefined ? wire.metadata : { ...wire.metadata, [KIND_KEY]: wire.kind };
  return { reason: wire.reason, domain: ERROR_DOMAIN, metadata: { ...metadata } };
}

function detail(name: string, value: Uint8Array) {
  return { typeUrl: TYPE_PREFIX + name, value: Buffer.from(value) };
}

function withinBudget(violations: readonly WireViolation[]): WireViolation[] {
  const kept: WireViolation[] = [];
  let size = 0;
  for (const violation of violations) {
    size += Buffer.byteLength(violation.field) + Buffer.byteLength(violation.description) + 8;
    if (size > DETAILS_BUDGET) {
      const rest = violations.length - kept.length;
      return [...kept, { field: '', description: `and ${rest} more` }];
    }
    kept.push(violation);
  }
  return kept;
}
