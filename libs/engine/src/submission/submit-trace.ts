import { isSpanContextValid, trace, type SpanContext, type Tracer } from '@opentelemetry/api';
import { formatTraceparent } from '@taskflow/domain';
import { rootTrace } from '../schedule/root-trace.js';

export interface SubmitTrace {
  readonly traceParent: string;
  readonly traceState: string | undefined;
}

/** The position in a trace that the instances of one call carry: the caller's, or the beginning of a new one. */
export function submitTrace(tracer: Tracer, count: number): SubmitTrace {
  const caller = trace.getActiveSpan()?.spanContext();
  if (caller === undefined || !isSpanContextValid(caller)) {
    const traceParent = rootTrace(tracer, 'taskflow.submit', { 'taskflow.submissions': String(count) });
    return { traceParent, traceState: undefined };
  }
  return { traceParent: formatTraceparent(contextOf(caller)), traceState: caller.traceState?.serialize() || undefined };
}

function contextOf({ traceId, spanId, traceFlags }: SpanContext) {
  return { traceId, spanId, sampled: (traceFlags & 1) === 1 };
}
