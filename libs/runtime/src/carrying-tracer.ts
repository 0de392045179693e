import { randomBytes } from 'node:crypto';
import {
  ROOT_CONTEXT,
  TraceFlags,
  context,
  isSpanContextValid,
  trace,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';

/** Spans with ids of their own that carry the trace on and record nothing: for a process that exports to nobody. */
export const carryingTracer: Tracer = {
  startSpan: (_name, options, parent) => new CarryingSpan(parentOf(options, parent)),
  startActiveSpan<F extends (span: Span) => unknown>(_name: string, ...rest: unknown[]): ReturnType<F> {
    const work = rest.pop() as F;
    const [options, given] = rest as [SpanOptions?, Context?];
    const parent = parentOf(options, given);
    const span = new CarryingSpan(parent);
    return context.with(trace.setSpan(parent, span), work as (span: Span) => ReturnType<F>, undefined, span);
  },
};

function parentOf(options: SpanOptions | undefined, parent: Context | undefined): Context {
  return options?.root ? ROOT_CONTEXT : (parent ?? context.active());
}

/** Most are never asked for their context, so they make it when they are. */
class CarryingSpan implements Span {
  #parent: Context;
  #own: SpanContext | undefined;

  constructor(parent: Context) {
    this.#parent = parent;
  }

  spanContext(): SpanContext {
    this.#own ??= contextBelow(trace.getSpanContext(this.#parent));
    return this.#own;
  }

  isRecording(): boolean {
    return false;
  }

  end(): void {}

  recordException(): void {}

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }
}

function contextBelow(parent: SpanContext | undefined): SpanContext {
  const spanId = randomBytes(8).toString('hex');
  if (parent === undefined || !isSpanContextValid(parent)) {
    return { traceId: randomBytes(16).toString('hex'), spanId, traceFlags: TraceFlags.SAMPLED };
  }
  const { traceId, traceFlags, traceState } = parent;
  return { traceId, spanId, traceFlags, ...(traceState && { traceState }) };
}
