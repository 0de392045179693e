import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context,
  createTraceState,
  isSpanContextValid,
  trace,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { formatTraceparent, parseTraceparent } from '@taskflow/domain';
import type { Lease } from '@taskflow/proto/taskflow/v1/workers.js';
import type { RunEnd } from './run.js';

/**
 * Runs `work` within the span of the attempt, a child of the context that the instance carries, and hands it the
 * `traceparent` to pass on: the span's, or the instance's own where nothing records.
 */
export async function inAttemptSpan(
  tracer: Tracer,
  lease: Lease,
  work: (traceparent: string) => Promise<RunEnd>,
): Promise<RunEnd> {
  const parent = parentOf(lease);
  const attributes = {
    'taskflow.task': lease.task,
    'taskflow.task_instance.id': lease.ref?.id ?? '',
    'taskflow.attempt': lease.ref?.attempt ?? 0,
    ...(lease.workflow === '' ? {} : { 'taskflow.workflow': lease.workflow }),
    ...(lease.workflowInstanceId === '' ? {} : { 'taskflow.workflow_instance.id': lease.workflowInstanceId }),
  };
  const span = tracer.startSpan('taskflow.task.run', { kind: SpanKind.CONSUMER, attributes }, parent);
  const own = span.spanContext();
  const traceparent = isSpanContextValid(own)
    ? formatTraceparent({ traceId: own.traceId, spanId: own.spanId, sampled: (own.traceFlags & 1) === 1 })
    : lease.traceParent;
  try {
    const end = await context.with(trace.setSpan(parent, span), work, undefined, traceparent);
    describe(span, end);
    return end;
  } finally {
    span.end();
  }
}

function parentOf(lease: Lease): typeof ROOT_CONTEXT {
  const parsed = parseTraceparent(lease.traceParent);
  if (parsed === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: parsed.traceId,
    spanId: parsed.spanId,
    traceFlags: parsed.sampled ? 1 : 0,
    isRemote: true,
    ...(lease.traceState === '' ? {} : { traceState: createTraceState(lease.traceState) }),
  });
}

function describe(span: Span, end: RunEnd): void {
  span.setAttribute('taskflow.outcome', end.outcome);
  if (end.outcome !== 'failed' && end.outcome !== 'timeout') return;
  span.setAttribute('taskflow.reason', end.reason);
  span.setStatus({ code: SpanStatusCode.ERROR, message: end.message.slice(0, 1024) });
}
