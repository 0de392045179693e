import type { ServiceError } from '@grpc/grpc-js';
import type { ErrorKind } from '@taskflow/domain/errors';
import { BadRequest, ErrorInfo, RequestInfo, RetryInfo } from '@taskflow/proto/google/rpc/error_details.js';
import { Status } from '@taskflow/proto/google/rpc/status.js';
import { ERROR_DOMAIN, KIND_KEY, STATUS_DETAILS_KEY } from './grpc-status.js';
import { STATUS_TABLE } from './status-table.js';
import type { WireViolation } from './wire-error.js';

/** What the trailer of a failed call says; empty where there is none. */
export interface StatusDetails {
  readonly kind?: ErrorKind;
  readonly reason?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly WireViolation[];
  readonly retryAfterMs?: number;
  readonly requestId?: string;
}

const NONE: StatusDetails = { metadata: {}, violations: [] };

export function readDetails(error: ServiceError): StatusDetails {
  const [bytes] = error.metadata?.get(STATUS_DETAILS_KEY) ?? [];
  if (!(bytes instanceof Uint8Array)) return NONE;
  let details: StatusDetails = NONE;
  for (const { typeUrl, value } of Status.decode(bytes).details) {
    details = { ...details, ...readDetail(typeUrl.slice(typeUrl.lastIndexOf('.') + 1), value) };
  }
  return details;
}

function readDetail(name: string, value: Uint8Array): Partial<StatusDetails> {
  switch (name) {
    case 'ErrorInfo':
      return readErrorInfo(ErrorInfo.decode(value));
    case 'BadRequest':
      return {
        violations: BadRequest.decode(value).fieldViolations.map(({ field, description }) => ({ field, description })),
      };
    case 'RetryInfo': {
      const delay = RetryInfo.decode(value).retryDelay;
      return delay ? { retryAfterMs: Number(delay.seconds) * 1000 + delay.nanos / 1e6 } : {};
    }
    case 'RequestInfo':
      return { requestId: RequestInfo.decode(value).requestId };
    default:
      return {};
  }
}

function readErrorInfo(info: ErrorInfo): Partial<StatusDetails> {
  if (info.domain !== ERROR_DOMAIN) return {};
  const { [KIND_KEY]: kind, ...metadata } = info.metadata;
  return { reason: info.reason, metadata, ...(isKind(kind) ? { kind } : {}) };
}

function isKind(value: string | undefined): value is ErrorKind {
  return value !== undefined && Object.hasOwn(STATUS_TABLE, value);
}
