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
import { LazyContext } from './lazy-context.js';
import type { RunEnd } from './run.js';

/**
 * Runs `work` within the span of the attempt, a child of the context that the instance carries, and hands it the
 * `traceparent` to pass on: the span's, or the instance's own where nothing records. A failure is told within the span too.
 */
export function inAttemptSpan(
  tracer: Tracer,
  lease: Lease,
  work: (traceparent: () => string, recorded: boolean) => Promise<RunEnd>,
  onFailure: (end: RunEnd) => void,
): Promise<RunEnd> {
  const parent = new LazyContext(() => parentOf(lease));
  const attributes = {
    'taskflow.task': lease.task,
    'taskflow.task_instance.id': lease.ref?.id ?? '',
    'taskflow.attempt': lease.ref?.attempt ?? 0,
    ...(lease.workflow === '' ? undefined : { 'taskflow.workflow': lease.workflow }),
    ...(lease.workflowInstanceId === '' ? undefined : { 'taskflow.workflow_instance.id': lease.workflowInstanceId }),
  };
  const span = tracer.startSpan('taskflow.task.run', { kind: SpanKind.CONSUMER, attributes }, parent);
  const active = new LazyContext(() => trace.setSpan(parent, span));
  return context
    .with(active, work, undefined, () => traceparentOf(span, lease), span.isRecording())
    .then(
      (end) => {
        if (end.outcome === 'failed' || end.outcome === 'timeout') context.with(active, onFailure, undefined, end);
        describe(span, end);
        span.end();
        return end;
      },
      (error: unknown) => {
        span.end();
        throw error;
      },
    );
}

function traceparentOf(span: Span, lease: Lease): string {
  const own = span.spanContext();
  if (!isSpanContextValid(own)) return lease.traceParent;
  return formatTraceparent({ traceId: own.traceId, spanId: own.spanId, sampled: (own.traceFlags & 1) === 1 });
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
