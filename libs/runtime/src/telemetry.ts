import { context, propagation, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

export interface TelemetryOptions {
  readonly service: string;
  readonly version: string;
  /** OTLP/gRPC receiver; without it spans carry contexts on but are exported nowhere. */
  readonly endpoint?: string | undefined;
}

export interface Telemetry {
  readonly tracer: Tracer;
  /** Exports what is pending. */
  stop(): Promise<void>;
}

/**
 * Starts OpenTelemetry for this process. Spans are made even without a receiver, so that one trace runs from the submit
 * to the last attempt as soon as any one service exports.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const spanProcessors = [];
  if (options.endpoint) {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
    const exporter = new OTLPTraceExporter({ url: options.endpoint });
    spanProcessors.push(new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1000 }));
  }
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.service, 'service.version': options.version }),
    spanProcessors,
  });
  // The first service of a process registers; `taskflow up` runs several, each with its own provider and tracer.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  trace.setGlobalTracerProvider(provider);
  return {
    tracer: provider.getTracer('taskflow', options.version),
    stop: () => provider.shutdown(),
  };
}
