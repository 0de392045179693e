import { randomBytes } from 'node:crypto';
import { isSpanContextValid, type Tracer } from '@opentelemetry/api';
import { formatTraceparent } from '@taskflow/domain';

/** Begins a trace for work that nobody outside asked for; gives its traceparent. */
export function rootTrace(tracer: Tracer, name: string, attributes: Readonly<Record<string, string>>): string {
  const span = tracer.startSpan(name, { root: true, attributes: { ...attributes } });
  const { traceId, spanId, traceFlags } = span.spanContext();
  const valid = isSpanContextValid(span.spanContext());
  span.end();
  if (valid) return formatTraceparent({ traceId, spanId, sampled: (traceFlags & 1) === 1 });
  return formatTraceparent({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    sampled: false,
  });
}
