import { ROOT_CONTEXT, TraceFlags, isSpanContextValid, trace, type Span } from '@opentelemetry/api';
import { carryingTracer } from './carrying-tracer.js';

const below = (parent: Span) =>
  carryingTracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, parent)).spanContext();

test('a span continues the trace of its parent under an id of its own', () => {
  const parent = carryingTracer.startSpan('parent', {}, ROOT_CONTEXT);
  const child = below(parent);
  expect(isSpanContextValid(child)).toBe(true);
  expect(child.traceId).toBe(parent.spanContext().traceId);
  expect(child.spanId).not.toBe(parent.spanContext().spanId);
  expect(parent.spanContext()).toBe(parent.spanContext());
});

test('a new trace is sampled, and what was decided before stays', () => {
  const root = carryingTracer.startSpan('root', { root: true }).spanContext();
  expect(root.traceFlags).toBe(TraceFlags.SAMPLED);
  const unsampled = trace.wrapSpanContext({ ...root, traceFlags: TraceFlags.NONE });
  expect(below(unsampled)).toMatchObject({ traceId: root.traceId, traceFlags: TraceFlags.NONE });
});

test('an active span is given to its work', () => {
  const given = carryingTracer.startActiveSpan('work', (span: Span) => span.spanContext());
  expect(isSpanContextValid(given)).toBe(true);
});
