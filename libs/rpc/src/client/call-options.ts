import { Metadata, type CallOptions as GrpcCallOptions } from '@grpc/grpc-js';
import { context, trace } from '@opentelemetry/api';
import { traceHeaders } from '../call/trace.js';

export interface CallOptions {
  /** Aborting it cancels the call; the promise rejects with Unavailable (CANCELLED). */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call fails with Unavailable (DEADLINE_EXCEEDED); no limit when absent. */
  readonly timeoutMs?: number | undefined;
  /** Shown in the api's log and in errors; the api makes one when absent. */
  readonly requestId?: string | undefined;
  /** W3C trace context to continue; the active span's when absent. */
  readonly traceParent?: string | undefined;
  readonly traceState?: string | undefined;
  /** Wait for a connection instead of failing at once when the api cannot be reached. False by default. */
  readonly waitForReady?: boolean | undefined;
}

export function outgoingMetadata(options: CallOptions, token: string | undefined): Metadata {
  const metadata = new Metadata({ waitForReady: options.waitForReady ?? false });
  const span = trace.getSpan(context.active());
  const active = span ? traceHeaders(span) : {};
  const given = options.traceParent === undefined ? active : options;
  if (given.traceParent !== undefined) metadata.set('traceparent', given.traceParent);
  if (given.traceState !== undefined && given.traceState !== '') metadata.set('tracestate', given.traceState);
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  if (options.requestId !== undefined) metadata.set('x-request-id', options.requestId);
  return metadata;
}

export function grpcOptions(options: CallOptions): GrpcCallOptions {
  return options.timeoutMs === undefined ? {} : { deadline: Date.now() + options.timeoutMs };
}
