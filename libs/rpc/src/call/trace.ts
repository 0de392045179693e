import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  createTraceState,
  isSpanContextValid,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { formatTraceparent, parseTraceparent } from '@taskflow/domain/trace-context';
import type { CallHeaders } from './call.js';
import type { WireError } from '../error/wire-error.js';

/** Context of the caller's span, from its headers; the root when they name none. */
export function callerContext(headers: CallHeaders): Context {
  const parent = headers.traceParent === undefined ? undefined : parseTraceparent(headers.traceParent);
  if (parent === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: parent.traceId,
    spanId: parent.spanId,
    traceFlags: parent.sampled ? 1 : 0,
    isRemote: true,
    ...(headers.traceState ? { traceState: createTraceState(headers.traceState) } : {}),
  });
}

export function startServerSpan(tracer: Tracer, method: string, parent: Context): Span {
  const [service = '', name = ''] = method.split('/');
  const attributes = { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': name };
  return tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
}

/** The headers that carry on the trace of a span. */
export function traceHeaders(span: Span): { traceParent?: string; traceState?: string } {
  const context = span.spanContext();
  if (!isSpanContextValid(context)) return {};
  const traceState = context.traceState?.serialize();
  return {
    traceParent: formatTraceparent({
      traceId: context.traceId,
      spanId: context.spanId,
      sampled: (context.traceFlags & 1) === 1,
    }),
    ...(traceState ? { traceState } : {}),
  };
}

export function endSpan(span: Span, failure?: WireError): void {
  if (failure) {
    span.setAttribute('rpc.grpc.status_code', failure.code);
    span.setAttribute('error.type', failure.reason);
    if (failure.http >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
  }
  span.end();
}
